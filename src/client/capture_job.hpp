#pragma once

// A capture on its way through the worker's queue. For `core*.cpp` alone.

#include "client/pipeline.hpp"
#include "transport/worker.hpp"

#include <cstddef>
#include <optional>
#include <utility>

namespace picket::client {

class CaptureJob final : public transport::Job {
 public:
  // The worker keeps the pipeline alive for its jobs, see `WorkerOptions::owner`: a count that
  // every capture raises would be a cache line that all threads fight for.
  explicit CaptureJob(Pipeline& pipeline) noexcept : pipeline_(pipeline) {}

  /// To be filled in where it is, then sealed, before the job is pushed.
  [[nodiscard]] CaptureRecord& record() noexcept { return record_; }
  void seal() noexcept {
    size_bytes_ = estimate_size(record_);
    priority_ = priority_of(record_);
    id_ = record_.id;
  }

  [[nodiscard]] protocol::Quantity quantity() const noexcept override {
    return {category_of(record_), 1};
  }
  [[nodiscard]] protocol::Quantity companion() const noexcept override {
    return {protocol::DataCategory::span, record_.span_count};
  }
  [[nodiscard]] std::size_t size_bytes() const noexcept override { return size_bytes_; }
  [[nodiscard]] int priority() const noexcept override { return priority_; }
  [[nodiscard]] EventId event_id() const noexcept override { return id_; }
  std::optional<protocol::OutgoingEnvelope> prepare() override {
    return pipeline_.run(std::move(record_));
  }

 private:
  CaptureRecord record_;
  Pipeline& pipeline_;
  std::size_t size_bytes_ = 0;
  int priority_ = 0;
  EventId id_{};
};

}  // namespace picket::client
