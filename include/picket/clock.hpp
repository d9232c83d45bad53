#pragma once

// Time as picket sees it: a wall clock for time stamps and a steady one for waits. Hosts never
// need this header; tests replace the source through `Options::clock` (see
// `testing/manual_clock.hpp`).

#include "picket/export.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace picket {

/// Microseconds since the Unix epoch, UTC.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

/// Where the time comes from.
/// Threads: any; implementations are thread-safe.
class PICKET_EXPORT ClockSource {
 public:
  virtual ~ClockSource();
  [[nodiscard]] virtual WallTime wall() const noexcept = 0;
  [[nodiscard]] virtual SteadyTime steady() const noexcept = 0;

  /// Waits until `changed` is notified or this clock has reached `until`, whichever comes first;
  /// may return early, so callers loop over a condition.
  virtual void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                          SteadyTime until) const = 0;
};

/// A copyable handle to a source; by default the system's clocks.
class PICKET_EXPORT Clock {
 public:
  Clock() noexcept = default;
  explicit Clock(std::shared_ptr<const ClockSource> source) noexcept : source_(std::move(source)) {}

  [[nodiscard]] WallTime wall() const noexcept;
  [[nodiscard]] SteadyTime steady() const noexcept;
  /// As `steady`, but may lag some milliseconds behind; costs less.
  [[nodiscard]] SteadyTime about_now() const noexcept;

  [[nodiscard]] bool is_system() const noexcept { return source_ == nullptr; }

  /// As `ClockSource::wait_until`.
  void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                  SteadyTime until) const;

 private:
  std::shared_ptr<const ClockSource> source_;  // null: the system's clocks
};

}  // namespace picket
