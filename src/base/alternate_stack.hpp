#pragma once

// A second stack for the signal handlers of one thread, so that a thread that has used up its own
// stack can still tell of it.

#include <cstddef>

namespace picket::base {

/// Gives the calling thread an alternate signal stack unless it has one: a host's own, or that of a
/// sanitizer, is left alone. At the end the thread has none again.
/// Errors:  `is_ours()` false when there is another, or no memory.
/// Threads: ends on the thread that made it.
class AlternateStack {
 public:
  static constexpr std::size_t kSize = 128U << 10U;  // only what is used takes memory

  AlternateStack() noexcept;
  ~AlternateStack();
  AlternateStack(const AlternateStack&) = delete;
  AlternateStack& operator=(const AlternateStack&) = delete;

  [[nodiscard]] bool is_ours() const noexcept { return memory_ != nullptr; }

  /// Leaves the stack to its thread for good.
  void release() noexcept { memory_ = nullptr; }

 private:
  void* memory_ = nullptr;  // a guard page, and the stack above it
  std::size_t mapped_ = 0;
};

}  // namespace picket::base
