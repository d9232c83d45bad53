// The tracing half of a core: which transactions are kept, and what becomes of those that end.

#include "base/contain.hpp"
#include "base/diagnostics.hpp"
#include "client/capture_job.hpp"
#include "client/core.hpp"
#include "client/transaction.hpp"
#include "scope/thread_scopes.hpp"
#include "tracing/sampling.hpp"

#include <utility>

namespace picket::client {
namespace {

using protocol::DataCategory;
using protocol::DiscardReason;

/// Inside another transaction: a part of its trace, with its decision as the parent's.
tracing::TreeStart start_inside(const tracing::ActiveSpan& around) {
  tracing::TreeStart start;
  start.trace = around.tree->trace();
  start.parent_span_id = around.id;
  start.trace.parent_sampled = around.tree->sampled();
  start.trace.parent_sample_rate = around.tree->sample_rate();
  start.around = around.tree;
  return start;
}

void lose(Engine& engine, DiscardReason reason, std::uint64_t count) noexcept {
  if (count > 0) engine.ledger->refused(reason, DataCategory::span, count);
}

}  // namespace

tracing::Trace Core::new_trace() const { return tracing::new_trace(draw()); }

tracing::Trace Core::trace_for_transaction(const CaptureScopes& scopes) const {
  if (!scopes.isolation) return new_trace();
  // Each number of the host's generator is for a decision: none is drawn that nobody needs.
  if (!config_->options.random) return scopes.isolation->trace_for_transaction(new_trace());
  return scopes.isolation->trace_for_transaction([this] { return new_trace(); });
}

tracing::ActiveSpan Core::start_transaction(const TransactionArgs& args,
                                            const CaptureScopes& scopes) {
  const Engine* const present = present_engine();
  if (!is_enabled() || (present != nullptr && present->worker->is_own_thread())) return {};
  tracing::TreeStart start;
  if (const auto* const around = scopes.active()) {
    start = start_inside(*around);
  } else {
    start.trace = trace_for_transaction(scopes);
    start.parent_span_id = start.trace.parent_span_id;
  }
  if (!config_->is_tracing()) {
    start.sampled = start.trace.parent_sampled;  // passed on, never acted on. Spec: P4.10
  } else {
    decide(args, start);
  }
  return begin_transaction(*this, scopes, std::move(start), args);
}

void Core::decide(const TransactionArgs& args, tracing::TreeStart& start) {
  const SamplingContext context{.name = args.name,
                                .op = args.op,
                                .source = args.source,
                                .parent_sampled = start.trace.parent_sampled,
                                .parent_sample_rate = start.trace.parent_sample_rate,
                                .data = args.sampling_data};
  auto decision = tracing::decide(args.sampled, config_->options.traces_sampler, context,
                                  config_->traces_sample_rate, start.trace.sample_rand);
  if (const unsigned level = backpressure_for(decision); level > 0) {
    decision = tracing::thin_out(decision, level, start.trace.sample_rand);
    start.is_thinned_out = !decision.sampled;
  }
  start.sampled = decision.sampled;
  start.sample_rate = decision.rate;
  start.is_recording = decision.sampled;
}

void Core::finish(std::shared_ptr<tracing::SpanTree> tree, const tracing::SpanCounts& counts,
                  const CaptureScopes& scopes) {
  Engine* const engine = is_enabled() ? this->engine() : nullptr;
  if (engine == nullptr) return;
  auto job = std::make_unique<CaptureJob>(*engine->pipeline);
  CaptureRecord& record = job->record();
  record.id = base::new_event_id();
  record.origin = Hint::Origin::transaction;
  record.span_count = counts.ended + 1;
  record.tree = std::move(tree);
  if (global_) record.scopes[0] = global_->snapshot();
  if (scopes.isolation) record.scopes[1] = scopes.isolation->snapshot();
  // The temporary scope is the one of the end, unless that is in another unit of work.
  const scope::ThreadScopes* const here = scope::scopes_in_place();
  const bool is_at_home = here != nullptr && here->isolation == scopes.isolation;
  const auto& current = is_at_home ? here->current : scopes.current;
  if (current) record.scopes[2] = current->snapshot();

  const EventId id = record.id;
  engine->ledger->captured({DataCategory::transaction, 1}, {DataCategory::span, record.span_count});
  lose(*engine, DiscardReason::buffer_overflow, counts.over_limit);
  lose(*engine, DiscardReason::insufficient_data, counts.unfinished);
  job->seal();
  engine->worker->push(std::move(job));
  if (diag::hears(Level::debug)) {
    diag::debug("transaction {} ended with {} spans", id.to_string(), counts.ended);
  }
}

/// Only who would be sampled has to know, so others do not look.
unsigned Core::backpressure_for(const tracing::Decision& decision) {
  if (!decision.sampled || !decision.is_own) return 0;
  Engine* const engine = present_engine();
  const bool wanted = config_->options.enable_backpressure_handling;
  return wanted && engine != nullptr ? engine->worker->backpressure() : 0;
}

void Core::leave_out(const tracing::SpanCounts& counts) {
  if (!counts.is_sampled_out) return;  // nobody decided: tracing without performance
  Engine* const engine = is_enabled() ? this->engine() : nullptr;
  if (engine == nullptr) return;
  const auto reason =
      counts.is_thinned_out ? DiscardReason::backpressure : DiscardReason::sample_rate;
  engine->ledger->refused(reason, {DataCategory::transaction, 1},
                          {DataCategory::span, counts.unrecorded + 1});
  diag::debug("a transaction is dropped: {}", protocol::to_text(reason));
}

void Core::ignore_span() noexcept {
  base::contain([&] {
    Engine* const engine = is_enabled() ? this->engine() : nullptr;
    if (engine != nullptr) lose(*engine, DiscardReason::ignored, 1);
  });
}

}  // namespace picket::client
