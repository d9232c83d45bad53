#include "client/metrics_job.hpp"

#include "base/diagnostics.hpp"
#include "client/system_contexts.hpp"
#include "picket/version.hpp"
#include "protocol/write_metric.hpp"

#include <cmath>
#include <exception>

namespace picket::client {
namespace {

using protocol::DataCategory;
using protocol::DiscardReason;

/// What the hook throws counts as "drop". Spec: P7.6.
Verdict ask(const BeforeSendMetric& hook, Metric& metric) {
  try {
    return hook(metric);
  } catch (const std::exception& error) {
    diag::error("before_send_metric threw, the metric is dropped: {}", error.what());
  } catch (...) {
    diag::error("before_send_metric threw, the metric is dropped");
  }
  return Verdict::drop;
}

void set_default(Object& attributes, std::string_view key, std::string_view text) {
  if (!text.empty() && !attributes.contains(key)) attributes.set(key, Value(text));
}

}  // namespace

void Pipeline::scrub(Metric& metric) const {
  if (!scrubber_.is_enabled()) return;
  scrubber_.scrub(metric.name);
  scrubber_.scrub(metric.attributes);
}

/// Spec: P5.3.
void MetricsJob::add_defaults(Metric& metric) const {
  const Options& options = pipeline_.config().options;
  Object& attributes = metric.attributes;
  set_default(attributes, "sentry.environment", options.environment);
  set_default(attributes, "sentry.release", options.release);
  set_default(attributes, "sentry.sdk.name", kSdkName);
  set_default(attributes, "sentry.sdk.version", kVersion);
  if (options.send_default_pii) {
    set_default(attributes, "server.address", pipeline_.host_name());
  }
}

/// Into `json`, unless the metric ends here.
std::optional<DiscardReason> MetricsJob::finish(Metric& metric, std::string& json) const {
  const BeforeSendMetric& hook = pipeline_.config().options.before_send_metric;
  add_defaults(metric);
  if (hook && ask(hook, metric) == Verdict::drop) return DiscardReason::before_send;
  pipeline_.scrub(metric);  // after the hook, which may have put something in
  if (metric.name.empty() || !std::isfinite(metric.value)) return DiscardReason::invalid;
  json::Writer writer(json);
  protocol::write(writer, metric);
  if (json.size() <= protocol::kMaxMetricBytes) return std::nullopt;
  diag::debug("a metric is dropped: it has {} bytes, more than a server takes", json.size());
  return DiscardReason::invalid;
}

protocol::OutgoingEnvelope MetricsJob::envelope(const Outcome& outcome) const {
  protocol::OutgoingEnvelope envelope({.dsn = pipeline_.config().dsn->to_string()});
  envelope.write_item("trace_metric",
                      {{DataCategory::trace_metric, outcome.count},
                       {DataCategory::trace_metric_byte, outcome.bytes}},
                      [&](std::string& body) { protocol::write_container(body, outcome.records); },
                      {.content_type = protocol::kMetricContentType, .item_count = outcome.count});
  return envelope;
}

std::unique_ptr<MetricsJob> make_metrics_job(MetricsBatch batch, Pipeline& pipeline) noexcept {
  try {
    return std::make_unique<MetricsJob>(std::move(batch), pipeline);
  } catch (...) {  // from the allocation: the batch is untouched
    constexpr auto kReason = DiscardReason::internal_sdk_error;
    pipeline.ledger().dropped(kReason, DataCategory::trace_metric, batch.size());
    pipeline.ledger().dropped(kReason, DataCategory::trace_metric_byte, batch.bytes());
    return nullptr;
  }
}

transport::ChoreResult tend_metrics(MetricsBuffer& metrics, Pipeline& pipeline, SteadyTime now) {
  auto due = metrics.due(now);
  transport::ChoreResult result{.next = due.next, .job = nullptr};
  if (due.batch) result.job = make_metrics_job(std::move(*due.batch), pipeline);
  return result;
}

std::optional<protocol::OutgoingEnvelope> MetricsJob::prepare() {
  Outcome outcome;
  std::string json;
  for (std::size_t i = 0; i < batch_.size(); ++i) {
    json.clear();
    Metric metric = batch_.metric(i);
    if (const auto reason = finish(metric, json)) {
      outcome.losses.push_back({*reason, DataCategory::trace_metric, 1});
      outcome.losses.push_back({*reason, DataCategory::trace_metric_byte, batch_.bytes_of(i)});
      continue;
    }
    if (outcome.count > 0) outcome.records += ',';
    outcome.records += json;
    outcome.bytes += batch_.bytes_of(i);
    ++outcome.count;
  }
  std::optional<protocol::OutgoingEnvelope> made;
  if (outcome.count > 0) made = envelope(outcome);
  // Last: what throws before this costs the whole batch, which is then counted as one.
  for (const protocol::Loss& loss : outcome.losses) {
    pipeline_.ledger().dropped(loss.reason, loss.category, loss.count);
  }
  return made;
}

}  // namespace picket::client
