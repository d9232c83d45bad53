#pragma once

// The `MetricsBuffer` of an engine is where all threads put their observations. It hands a batch on
// when it is full, when its first observation is old enough, and when somebody waits for it. What
// lies in it is pending in the ledger.

#include "client/metrics_batch.hpp"
#include "protocol/loss_ledger.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace picket::client {

/// Threads: any.
class MetricsBuffer {
 public:
  /// How long an observation waits for others. Spec: P5.1.
  static constexpr std::chrono::seconds kMaxAge{5};

  MetricsBuffer(Clock clock, std::shared_ptr<protocol::LossLedger> ledger)
      : clock_(std::move(clock)), ledger_(std::move(ledger)) {}

  /// What the caller has to do after `add`.
  struct Added {
    std::optional<MetricsBatch> full{};     // hand it to the worker
    std::optional<SteadyTime> remind_at{};  // a batch has begun: have `due` asked then
  };

  /// Adds one observation, and `user` to it unless that is null. After `close` it is dropped as
  /// `queue_overflow`. Errors: what it throws leaves no trace of the observation.
  Added add(const MetricSample& sample, const MetricPlace& place, const User* user);

  /// What is there; nothing when that is empty.
  [[nodiscard]] std::optional<MetricsBatch> take();

  /// As `take`, and for the last time.
  [[nodiscard]] std::optional<MetricsBatch> close();

  /// The batch, when it is old enough, and when to ask again.
  struct Due {
    std::optional<MetricsBatch> batch{};
    SteadyTime next = SteadyTime::max();
  };
  [[nodiscard]] Due due(SteadyTime now);

 private:
  [[nodiscard]] std::optional<MetricsBatch> take_locked();

  const Clock clock_;
  const std::shared_ptr<protocol::LossLedger> ledger_;  // its lock is the only one under ours

  std::mutex mutex_;  // a child of a fork has an engine, and so a buffer, of its own
  MetricsBatch batch_;
  SteadyTime due_at_ = SteadyTime::max();  // of a batch that is not empty
  bool is_closed_ = false;
};

}  // namespace picket::client
