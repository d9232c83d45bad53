#include "stacktrace/unwind.hpp"

// Where we have no unwinder, a stack is empty and events carry their capture site alone.

namespace picket::stacktrace {

void unwind(Addresses& addresses, std::size_t /*skip*/) noexcept { addresses.size = 0; }

void unwind_by_frame_pointer(Addresses& addresses, std::size_t /*skip*/) noexcept {
  addresses.size = 0;
}

std::size_t unwind_interrupted(std::span<std::uintptr_t> /*room*/) noexcept { return 0; }

void prepare_unwind() noexcept {}

}  // namespace picket::stacktrace
