#pragma once

// Backpressure: while delivery is unhealthy, fewer and fewer transactions are sampled, so that what
// gets through is what matters. Health is looked at when somebody asks, at most every ten seconds:
// no timer runs for it.

#include "picket/clock.hpp"

#include <atomic>
#include <cstdint>
#include <utility>

namespace picket::transport {

/// Threads: any.
class Backpressure {
 public:
  static constexpr unsigned kMostLevel = 10;

  explicit Backpressure(Clock clock);

  /// The share of sampled transactions is to be divided by 2 to this power. `is_healthy` is called
  /// when the last look is ten seconds ago: healthy means level 0, else one level more.
  /// Spec: P7.12.
  template <class IsHealthy>
  unsigned level(IsHealthy&& is_healthy) noexcept {
    if (is_due()) step(std::forward<IsHealthy>(is_healthy)());
    return level_.load(std::memory_order_relaxed);
  }

 private:
  bool is_due() noexcept;  // true for one of several who ask at once
  void step(bool healthy) noexcept;

  Clock clock_;
  std::atomic<std::int64_t> next_look_;  // nanoseconds of the steady clock
  std::atomic<unsigned> level_{0};
};

}  // namespace picket::transport
