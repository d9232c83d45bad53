#include "stacktrace/unwind.hpp"

#include <unwind.h>

namespace picket::stacktrace {
namespace {

struct Walk {
  Addresses* addresses;
  std::size_t skip;
};

// Any answer but "no reason" ends the walk, which is how a full array keeps the newest frames.
_Unwind_Reason_Code take(_Unwind_Context* context, void* argument) {
  auto& walk = *static_cast<Walk*>(argument);
  if (walk.skip > 0) {
    --walk.skip;
    return _URC_NO_REASON;
  }
  const auto address = static_cast<std::uintptr_t>(_Unwind_GetIP(context));
  if (address == 0) return _URC_END_OF_STACK;  // the outermost frame of a thread
  walk.addresses->values[walk.addresses->size++] = address;
  return walk.addresses->size < kMaxAddresses ? _URC_NO_REASON : _URC_END_OF_STACK;
}

}  // namespace

// The walk begins with this function itself, so its own frame is skipped too. That is exact only
// while it has a frame: never inlined, and never left before the walk ends (see the end).
[[gnu::noinline]] void unwind(Addresses& addresses, std::size_t skip) noexcept {
  addresses.size = 0;
  Walk walk{&addresses, skip + 1};
  _Unwind_Backtrace(&take, &walk);
  asm volatile("" : : : "memory");  // keeps the call above from becoming a jump
}

void prepare_unwind() noexcept {
  Addresses addresses;
  unwind(addresses);
}

}  // namespace picket::stacktrace
