#include "stacktrace/thread_stacks.hpp"

// Where threads cannot be asked for their stacks there are none.

namespace picket::stacktrace {

std::string_view state_name(char /*state*/) noexcept { return {}; }

bool prepare_thread_stacks() noexcept { return false; }

int thread_stacks_signal() noexcept { return 0; }

void escape_from_answer() noexcept {}

ThreadStacks::ThreadStacks(StacksOwner owner, unsigned /*max_milliseconds*/,
                           std::int32_t /*only*/) noexcept
    : owner_(owner) {}

ThreadStacks::~ThreadStacks() = default;

}  // namespace picket::stacktrace
