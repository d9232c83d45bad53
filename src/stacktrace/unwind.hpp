#pragma once

// Takes the return addresses of the calling thread's stack. This is all that happens on the host's
// thread; names and modules are added on the worker (`stacktrace/symbolizer.hpp`).

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace picket::stacktrace {

inline constexpr std::size_t kMaxAddresses = 250;  // P3.11

/// Raw return addresses, newest first. Addresses below the capture function are kept whole; the
/// oldest ones are left out when the stack is deeper.
struct Addresses {
  std::array<std::uintptr_t, kMaxAddresses> values;  // uninitialised beyond `size`
  std::size_t size = 0;

  [[nodiscard]] std::span<const std::uintptr_t> view() const noexcept {
    return {values.data(), size};
  }
};

/// Fills `addresses`, leaving out the `skip` newest frames below this function (0: the caller of
/// `unwind` comes first).
/// Threads: any; async-signal-safe after `prepare_unwind`.
void unwind(Addresses& addresses, std::size_t skip = 0) noexcept;

/// As `unwind`, by the chain of frame pointers: many times faster, and only as good as the program
/// is compiled, see `Options::unwind_by_frame_pointer`. Every step is checked against the stack of
/// the calling thread, so that a register that holds something else ends the walk and is never
/// followed. On a stack that is not the thread's own, as that of a coroutine, and where there are
/// no such chains, it does what `unwind` does.
/// Threads: any, not in a signal handler: the first time on a thread asks where its stack lies.
void unwind_by_frame_pointer(Addresses& addresses, std::size_t skip = 0) noexcept;

/// The stack that a signal handler has interrupted; called in the handler itself. The first address
/// is the instruction that was about to run, exactly; the others are return addresses. Returns how
/// many there are; the oldest are left out when `room` is too small.
/// Threads: signal handler, after `prepare_unwind`.
std::size_t unwind_interrupted(std::span<std::uintptr_t> room) noexcept;

/// Makes the unwinder load what it loads lazily, so that later calls do not allocate.
void prepare_unwind() noexcept;

}  // namespace picket::stacktrace
