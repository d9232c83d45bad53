#include "client/metrics_buffer.hpp"

#include "base/contain.hpp"

#include <utility>

namespace picket::client {
namespace {

using protocol::DataCategory;
using protocol::DiscardReason;

/// Names of the SDK documents. Spec: P5.1.
std::uint64_t add_user(MetricsBatch& batch, const User& user) {
  std::uint64_t bytes = 0;
  const auto add = [&](std::string_view key, const std::optional<std::string>& text) {
    if (text) base::contain([&] { bytes += batch.add_attribute(key, *text); });
  };
  add("user.id", user.id);
  add("user.name", user.username ? user.username : user.name);
  add("user.email", user.email);
  return bytes;
}

}  // namespace

MetricsBuffer::Added MetricsBuffer::add(const MetricSample& sample, const MetricPlace& place,
                                        const User* user) {
  const WallTime now = clock_.wall();
  Added added;
  const std::lock_guard lock(mutex_);
  if (is_closed_) {
    ledger_->refused(DiscardReason::queue_overflow, DataCategory::trace_metric);
    ledger_->refused(DiscardReason::queue_overflow, DataCategory::trace_metric_byte,
                     sample.name.size() + 8);
    return added;
  }
  std::uint64_t bytes = batch_.add(sample, now, place);
  if (user != nullptr) bytes += add_user(batch_, *user);
  ledger_->captured({DataCategory::trace_metric, 1}, {DataCategory::trace_metric_byte, bytes});
  if (batch_.size() >= MetricsBatch::kMaxRecords) {
    added.full = take_locked();
  } else if (batch_.size() == 1) {
    due_at_ = clock_.steady() + kMaxAge;
    added.remind_at = due_at_;
  }
  return added;
}

std::optional<MetricsBatch> MetricsBuffer::take_locked() {
  due_at_ = SteadyTime::max();
  if (batch_.empty()) return std::nullopt;
  return std::exchange(batch_, MetricsBatch());
}

std::optional<MetricsBatch> MetricsBuffer::take() {
  const std::lock_guard lock(mutex_);
  return take_locked();
}

std::optional<MetricsBatch> MetricsBuffer::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  return take_locked();
}

MetricsBuffer::Due MetricsBuffer::due(SteadyTime now) {
  const std::lock_guard lock(mutex_);
  Due due;
  if (now >= due_at_) due.batch = take_locked();
  due.next = due_at_;
  return due;
}

}  // namespace picket::client
