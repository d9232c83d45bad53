#include "stacktrace/unwind.hpp"

#include <pthread.h>
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

/// Where the calling thread's own stack lies. Empty: unknown.
struct StackRange {
  std::uintptr_t low = 0;
  std::uintptr_t high = 0;
  bool is_known = false;

  [[nodiscard]] bool has_frame(std::uintptr_t address) const noexcept {
    return address >= low && address < high && address % alignof(std::uintptr_t) == 0 &&
           high - address >= 2 * sizeof(std::uintptr_t);
  }
};

StackRange own_stack() noexcept {
  thread_local constinit StackRange range{};
  if (range.is_known) return range;
  range.is_known = true;
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return range;
  void* low = nullptr;
  std::size_t size = 0;
  if (pthread_attr_getstack(&attributes, &low, &size) == 0) {
    range.low = reinterpret_cast<std::uintptr_t>(low);
    range.high = range.low + size;
  }
  pthread_attr_destroy(&attributes);
  return range;
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

#if defined(__x86_64__) || defined(__aarch64__)
// A frame pointer points at the caller's, with the return address beside it. Callers lie higher.
[[gnu::noinline, gnu::no_sanitize_address]] void unwind_by_frame_pointer(
    Addresses& addresses, std::size_t skip) noexcept {
  const StackRange stack = own_stack();
  auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (!stack.has_frame(frame)) {
    unwind(addresses, skip + 1);
    asm volatile("" : : : "memory");  // a call: the frame of this function is one of those skipped
    return;
  }
  addresses.size = 0;
  for (;;) {
    const auto* const record = reinterpret_cast<const std::uintptr_t*>(frame);
    const std::uintptr_t caller = record[0];
    const std::uintptr_t address = record[1];
    if (address == 0) return;
    if (skip > 0) {
      --skip;
    } else {
      addresses.values[addresses.size++] = address;
    }
    if (caller <= frame || !stack.has_frame(caller) || addresses.size == kMaxAddresses) return;
    frame = caller;
  }
}
#else
[[gnu::noinline]] void unwind_by_frame_pointer(Addresses& addresses, std::size_t skip) noexcept {
  unwind(addresses, skip + 1);
  asm volatile("" : : : "memory");
}
#endif

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
