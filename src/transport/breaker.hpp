#pragma once

// A circuit breaker: after a failed request everything waits, and from time to time one request,
// the probe, looks whether the server is back. An answer of any kind closes the circuit again.

#include "picket/clock.hpp"
#include "transport/retry_schedule.hpp"

namespace picket::transport {

/// Threads: the worker.
class Breaker {
 public:
  explicit Breaker(RetrySchedule schedule) : schedule_(std::move(schedule)) {}

  /// Closed: requests flow. Open: only a probe may leave.
  [[nodiscard]] bool is_closed() const noexcept { return failures_ == 0; }

  /// When open: from when on the next probe may leave.
  [[nodiscard]] SteadyTime probe_at() const noexcept { return probe_at_; }

  /// A request came to nothing. What left before the circuit opened does not lengthen the wait.
  void failed(SteadyTime now, bool was_probe) noexcept;

  /// The server has answered.
  void succeeded() noexcept { failures_ = 0; }

  [[nodiscard]] int failures() const noexcept { return failures_; }  // of probes in a row

 private:
  RetrySchedule schedule_;
  int failures_ = 0;
  SteadyTime probe_at_{};
};

}  // namespace picket::transport
