#pragma once

// How long to wait before the server is tried again: exponential backoff with full jitter, so that
// the clients of a server that comes back do not all return at once.

#include <chrono>
#include <functional>

namespace picket::transport {

class RetrySchedule {
 public:
  /// `random` yields numbers in [0, 1); empty: the built-in generator.
  RetrySchedule(std::chrono::milliseconds backoff, std::chrono::milliseconds backoff_max,
                std::function<double()> random);

  /// The wait after so many failures in a row, at least 1.
  [[nodiscard]] std::chrono::nanoseconds wait_after(int failures) const noexcept;

 private:
  std::chrono::milliseconds backoff_;
  std::chrono::milliseconds backoff_max_;
  std::function<double()> random_;
};

}  // namespace picket::transport
