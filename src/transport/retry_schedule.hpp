#pragma once

// How long to wait before an envelope is offered again, and how often: exponential backoff with
// full jitter, so that the clients of a server that comes back do not all return at once.

#include <chrono>
#include <functional>
#include <optional>

namespace picket::transport {

class RetrySchedule {
 public:
  /// `random` yields numbers in [0, 1); empty: the built-in generator.
  RetrySchedule(int max_attempts, std::chrono::milliseconds backoff,
                std::chrono::milliseconds backoff_max, std::function<double()> random);

  /// The wait after `attempts` failed ones; nothing when that was the last.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> wait_after(int attempts) const noexcept;
  [[nodiscard]] int max_attempts() const noexcept { return max_attempts_; }

 private:
  int max_attempts_;
  std::chrono::milliseconds backoff_;
  std::chrono::milliseconds backoff_max_;
  std::function<double()> random_;
};

}  // namespace picket::transport
