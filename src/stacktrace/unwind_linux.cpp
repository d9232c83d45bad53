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

struct InterruptedWalk {
  std::span<std::uintptr_t> room;
  std::size_t size = 0;
  bool is_taking = false;
};

// The handler's own frames come first, then the one that the kernel made, then the interrupted one:
// the first that was left before an instruction instead of at a call.
_Unwind_Reason_Code take_interrupted(_Unwind_Context* context, void* argument) {
  auto& walk = *static_cast<InterruptedWalk*>(argument);
  int is_before_instruction = 0;
  const auto address =
      static_cast<std::uintptr_t>(_Unwind_GetIPInfo(context, &is_before_instruction));
  walk.is_taking = walk.is_taking || is_before_instruction != 0;
  if (!walk.is_taking) return _URC_NO_REASON;
  if (walk.size == walk.room.size() || (address == 0 && walk.size > 0)) return _URC_END_OF_STACK;
  walk.room[walk.size++] = address;
  return _URC_NO_REASON;
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

std::size_t unwind_interrupted(std::span<std::uintptr_t> room) noexcept {
  InterruptedWalk walk{room};
  _Unwind_Backtrace(&take_interrupted, &walk);
  return walk.size;
}

void prepare_unwind() noexcept {
  Addresses addresses;
  unwind(addresses);
}

}  // namespace picket::stacktrace
