#pragma once

// Time that moves only when a test says so.

#include "picket/clock.hpp"
#include "picket/export.hpp"

#include <chrono>
#include <memory>

namespace picket::testing {

/// Starts at 2026-01-01T00:00:00Z. Copies share the same time.
/// Threads: any.
class PICKET_EXPORT ManualClock {
 public:
  ManualClock();

  /// Moves both clocks; whoever waits for a time that has come wakes up.
  void advance(std::chrono::microseconds by) noexcept;

  [[nodiscard]] WallTime wall() const noexcept;
  [[nodiscard]] SteadyTime steady() const noexcept;

  /// What goes into `Options::clock`.
  [[nodiscard]] Clock handle() const noexcept;

 private:
  class Source;
  std::shared_ptr<Source> source_;
};

}  // namespace picket::testing
