#pragma once

// A batch of metrics on its way through the worker's queue, and what the worker makes of it:
// default attributes, scrubbing, the host's hook, limits, one container in an envelope of its own.

#include "client/metrics_batch.hpp"
#include "client/metrics_buffer.hpp"
#include "client/pipeline.hpp"
#include "transport/worker.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace picket::client {

class MetricsJob final : public transport::Job {
 public:
  /// The worker keeps the pipeline alive for its jobs.
  MetricsJob(MetricsBatch batch, Pipeline& pipeline)
      : batch_(std::move(batch)), pipeline_(pipeline) {}

  [[nodiscard]] protocol::Quantity quantity() const noexcept override {
    return {protocol::DataCategory::trace_metric, batch_.size()};
  }
  [[nodiscard]] protocol::Quantity companion() const noexcept override {
    return {protocol::DataCategory::trace_metric_byte, batch_.bytes()};
  }
  [[nodiscard]] std::size_t size_bytes() const noexcept override { return batch_.size_bytes(); }
  std::optional<protocol::OutgoingEnvelope> prepare() override;

 private:
  /// What is left of the batch, and what was lost on the way.
  struct Outcome {
    std::string records{};  // JSON, with commas between
    std::size_t count = 0;
    std::uint64_t bytes = 0;
    std::vector<protocol::Loss> losses{};
  };

  [[nodiscard]] std::optional<protocol::DiscardReason> finish(Metric& metric,
                                                              std::string& json) const;
  void add_defaults(Metric& metric) const;
  [[nodiscard]] protocol::OutgoingEnvelope envelope(const Outcome& outcome) const;

  MetricsBatch batch_;
  Pipeline& pipeline_;
};

/// Null without memory: the batch is then dropped as `internal_sdk_error`.
std::unique_ptr<MetricsJob> make_metrics_job(MetricsBatch batch, Pipeline& pipeline) noexcept;

/// The worker's chore: sends a batch that has waited long enough.
transport::ChoreResult tend_metrics(MetricsBuffer& metrics, Pipeline& pipeline, SteadyTime now);

}  // namespace picket::client
