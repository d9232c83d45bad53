#pragma once

// How time passes for commands. Usually as everywhere; for a demonstration it may stand still, and
// moves only when a line of the script says so. picket is given the same clock.

#include "picket/clock.hpp"
#include "picket/testing/manual_clock.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace bot {

/// Threads: any.
class Pace {
 public:
  enum class Kind : unsigned char { real, manual };

  explicit Pace(Kind kind = Kind::real);

  [[nodiscard]] bool is_manual() const noexcept { return manual_.has_value(); }

  /// For `Options::clock`.
  [[nodiscard]] picket::Clock clock() const;

  /// Waits as long, or moves the clock that stands still.
  /// Errors: throws `Timeout` when the service ends first.
  void pass(std::chrono::microseconds time);

  /// The service ends: nobody waits any more.
  void end() noexcept;

 private:
  std::optional<picket::testing::ManualClock> manual_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
};

}  // namespace bot
