#pragma once

// Takes the stack at a throw. Unwinding it costs a microsecond and more, and a program that throws
// in a loop does so from the same stack again and again; so each thread remembers the last stack
// that it took, and looks whether that still stands: each return address must lie where it lay.
// Where only the newest calls differ, they alone are unwound.

#include "throw_traces/throw_table.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace picket::throw_traces {

/// Where a hook was called from.
struct CallSite {
  std::uintptr_t return_address = 0;
  std::uintptr_t stack_pointer = 0;  // after the hook's return: its canonical frame address
};

/// Return addresses, newest first.
struct ThrowStack {
  std::array<std::uintptr_t, kMaxDepth> addresses;  // uninitialised beyond `size`
  std::size_t size = 0;

  [[nodiscard]] std::span<const std::uintptr_t> view() const noexcept {
    return {addresses.data(), size};
  }
};

/// The calls above `site`, which must be a call that has not returned yet.
/// Errors:  empty when the unwinder does not find the site.
/// Threads: any, signal handlers too; neither waits nor allocates.
void take_stack(const CallSite& site, ThrowStack& stack) noexcept;

/// As `take_stack`, without what the thread remembers; for benches and tests.
void unwind_stack(const CallSite& site, ThrowStack& stack) noexcept;

}  // namespace picket::throw_traces
