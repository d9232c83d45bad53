#include "throw_traces/stack_walk.hpp"

#include <unwind.h>

#include <algorithm>
#include <atomic>

namespace picket::throw_traces {
namespace {

/// The last stack that a thread took. `pointers[i]` is the stack pointer in the function that
/// `addresses[i]` returns to; the address itself lies in the word below.
struct Recent {
  std::size_t size = 0;  // 0: nothing is remembered
  std::array<std::uintptr_t, kMaxDepth> addresses{};
  std::array<std::uintptr_t, kMaxDepth> pointers{};
};

// Access of this kind never allocates, in contrast to what shared libraries do by default.
[[gnu::tls_model("initial-exec")]] thread_local constinit Recent recent{};
[[gnu::tls_model("initial-exec")]] thread_local constinit bool recent_is_busy = false;

struct Walk {
  CallSite site{};
  ThrowStack* stack = nullptr;
  const Recent* known = nullptr;  // null: not to be used
  std::size_t next_known = 0;
  std::array<std::uintptr_t, kMaxDepth> pointers;
  bool has_begun = false;
  bool is_steady = true;  // every return address lies where `lies_at` looks for it
};

// The call that led here pushed its return address, as x86 does; elsewhere this is mostly false and
// the stack is unwound each time.
[[gnu::no_sanitize_address, gnu::no_sanitize_thread]] bool lies_at(
    std::uintptr_t pointer, std::uintptr_t return_address) noexcept {
  return *reinterpret_cast<const volatile std::uintptr_t*>(pointer - sizeof(std::uintptr_t)) ==
         return_address;
}

/// Whether the frames from `first` on are still what they were. From the newest outwards each
/// frame that stands proves where the next one lies, so nothing beyond the stack is looked at.
bool still_stands(const Recent& known, std::size_t first) noexcept {
  for (std::size_t i = first; i < known.size; ++i) {
    if (!lies_at(known.pointers[i], known.addresses[i])) return false;
  }
  return true;
}

/// Takes the rest from what is known when the walk has come upon it.
bool joins_known(Walk& walk, std::uintptr_t address, std::uintptr_t pointer) noexcept {
  const Recent& known = *walk.known;
  std::size_t& i = walk.next_known;
  while (i < known.size && known.pointers[i] < pointer) ++i;  // older frames lie higher
  if (i == known.size || known.pointers[i] != pointer || known.addresses[i] != address) {
    return false;
  }
  ThrowStack& stack = *walk.stack;
  const std::size_t count = known.size - i;
  if (stack.size + count > kMaxDepth || !still_stands(known, i)) return false;
  std::copy_n(known.addresses.begin() + static_cast<std::ptrdiff_t>(i), count,
              stack.addresses.begin() + static_cast<std::ptrdiff_t>(stack.size));
  std::copy_n(known.pointers.begin() + static_cast<std::ptrdiff_t>(i), count,
              walk.pointers.begin() + static_cast<std::ptrdiff_t>(stack.size));
  stack.size += count;
  return true;
}

_Unwind_Reason_Code step(_Unwind_Context* context, void* argument) {
  auto& walk = *static_cast<Walk*>(argument);
  const auto address = static_cast<std::uintptr_t>(_Unwind_GetIP(context));
  if (address == 0) return _URC_END_OF_STACK;  // the outermost frame of a thread
  if (!walk.has_begun) {                       // frames of ours come first
    if (address != walk.site.return_address) return _URC_NO_REASON;
    walk.has_begun = true;
  }
  const auto pointer = static_cast<std::uintptr_t>(_Unwind_GetCFA(context));
  if (walk.known != nullptr && joins_known(walk, address, pointer)) return _URC_END_OF_STACK;
  ThrowStack& stack = *walk.stack;
  walk.is_steady = walk.is_steady && lies_at(pointer, address);
  walk.pointers[stack.size] = pointer;
  stack.addresses[stack.size++] = address;
  return stack.size < kMaxDepth ? _URC_NO_REASON : _URC_END_OF_STACK;
}

void run(Walk& walk) noexcept {
  walk.stack->size = 0;
  _Unwind_Backtrace(&step, &walk);
}

/// A stack that was cut is not joined by others: they would lose their own oldest calls.
void remember(const Walk& walk) noexcept {
  const ThrowStack& stack = *walk.stack;
  recent.size = 0;
  if (!walk.is_steady || stack.size == kMaxDepth) return;
  std::copy_n(stack.addresses.begin(), stack.size, recent.addresses.begin());
  std::copy_n(walk.pointers.begin(), stack.size, recent.pointers.begin());
  recent.size = stack.size;
}

bool take_recent(const CallSite& site, ThrowStack& stack) noexcept {
  if (recent.size == 0 || recent.addresses[0] != site.return_address ||
      recent.pointers[0] != site.stack_pointer || !still_stands(recent, 0)) {
    return false;
  }
  std::copy_n(recent.addresses.begin(), recent.size, stack.addresses.begin());
  stack.size = recent.size;
  return true;
}

}  // namespace

void unwind_stack(const CallSite& site, ThrowStack& stack) noexcept {
  Walk walk;
  walk.site = site;
  walk.stack = &stack;
  run(walk);
}

void take_stack(const CallSite& site, ThrowStack& stack) noexcept {
  // A signal handler that throws came between; it leaves the memory of the thread alone.
  if (recent_is_busy) return unwind_stack(site, stack);
  recent_is_busy = true;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (!take_recent(site, stack)) {
    Walk walk;
    walk.site = site;
    walk.stack = &stack;
    walk.known = &recent;
    run(walk);
    remember(walk);
  }
  std::atomic_signal_fence(std::memory_order_seq_cst);
  recent_is_busy = false;
}

}  // namespace picket::throw_traces
