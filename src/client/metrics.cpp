// The metrics half of a core: what is let in, what it belongs to, and when a batch leaves.

#include "base/diagnostics.hpp"
#include "client/core.hpp"
#include "client/metrics_job.hpp"
#include "protocol/write_metric.hpp"
#include "scope/thread_scopes.hpp"

#include <cmath>
#include <utility>

namespace picket::client {
namespace {

using protocol::DataCategory;
using protocol::DiscardReason;

void turn_away(Engine& engine, DiscardReason reason, const MetricSample& sample) {
  engine.ledger->refused(reason, DataCategory::trace_metric);
  engine.ledger->refused(reason, DataCategory::trace_metric_byte, sample.name.size() + 8);
  diag::debug("a metric is dropped: {}", protocol::to_text(reason));
}

/// Cheap checks, so that nothing huge is copied; the worker knows the exact size.
bool is_acceptable(const MetricSample& sample) noexcept {
  std::size_t bytes = sample.name.size() + sample.args.unit.size();
  const Attributes& attributes = sample.args.attributes;
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    const Attribute attribute = attributes[i];
    bytes += attribute.key.size();
    const auto* const text = std::get_if<std::string_view>(&attribute.value.storage());
    if (text != nullptr) bytes += text->size();
  }
  return !sample.name.empty() && std::isfinite(sample.value) && bytes <= protocol::kMaxMetricBytes;
}

MetricPlace place_in(const scope::ThreadScopes& scopes) {
  if (const auto* const span = scopes.active()) {
    return {.trace_id = span->tree->trace_id(), .span_id = span->id};
  }
  const auto make = [] { return tracing::new_trace(base::random_unit()); };
  return {.trace_id = scopes.isolation->trace_id(make)};
}

// Nothing of the host runs meanwhile.
MetricPlace place_here() {
  const scope::ThreadScopes* const mine = scope::scopes_in_place();
  return mine != nullptr ? place_in(*mine) : place_in(scope::scopes_here());
}

/// Of the innermost scope that knows one.
std::optional<User> user_here(const Core& core) {
  for (const auto& scope : {scope::current_scope(), scope::isolation_scope(), core.global()}) {
    if (!scope) continue;
    const auto snapshot = scope->snapshot();
    if (snapshot.data && snapshot.data->user) return snapshot.data->user;
  }
  return std::nullopt;
}

void push(Engine& engine, std::optional<MetricsBatch> batch) noexcept {
  if (batch) engine.worker->push(make_metrics_job(std::move(*batch), *engine.pipeline));
}

}  // namespace

bool Core::is_in_hook() const noexcept {
  const Engine* const engine = present_engine();
  return engine != nullptr && engine->worker->is_own_thread();
}

void Core::record(const MetricSample& sample) {
  if (!config_->options.enable_metrics || !is_enabled()) return;
  Engine* const engine = this->engine();
  if (engine == nullptr) return;
  if (engine->worker->is_own_thread()) {
    return turn_away(*engine, DiscardReason::event_processor, sample);
  }
  if (!is_acceptable(sample)) return turn_away(*engine, DiscardReason::invalid, sample);
  try {
    std::optional<User> user;
    if (config_->options.send_default_pii) user = user_here(*this);
    auto added = engine->metrics->add(sample, place_here(), user ? &*user : nullptr);
    if (added.remind_at) engine->worker->remind(*added.remind_at);
    push(*engine, std::move(added.full));
  } catch (...) {  // no memory
    turn_away(*engine, DiscardReason::internal_sdk_error, sample);
  }
}

void Core::hand_over_metrics(Engine& engine) noexcept { push(engine, engine.metrics->take()); }

void Core::close_metrics(Engine& engine) noexcept { push(engine, engine.metrics->close()); }

}  // namespace picket::client
