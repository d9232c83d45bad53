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

tracing::ActiveSpan Core::start_transaction(const TransactionArgs& args,
                                            const CaptureScopes& scopes) {
  const Engine* const present = present_engine();
  if (!is_enabled() || (present != nullptr && present->worker->is_own_thread())) return {};
  tracing::TreeStart start;
  if (scopes.span.tree) {
    start = start_inside(scopes.span);
  } else {
    const auto make = [this] { return new_trace(); };
    start.trace = scopes.isolation ? scopes.isolation->trace_for_transaction(make) : make();
    start.parent_span_id = start.trace.parent_span_id;
  }
  if (!config_->is_tracing()) {
    start.sampled = start.trace.parent_sampled;  // passed on, never acted on. Spec: P4.10
  } else {
    const SamplingContext context{.name = args.name,
                                  .op = args.op,
                                  .source = args.source,
                                  .parent_sampled = start.trace.parent_sampled,
                                  .parent_sample_rate = start.trace.parent_sample_rate,
                                  .data = args.sampling_data};
    const auto wanted = tracing::decide(args.sampled, config_->options.traces_sampler, context,
                                        config_->traces_sample_rate, start.trace.sample_rand);
    const auto decision =
        tracing::thin_out(wanted, backpressure_for(wanted), start.trace.sample_rand);
    start.is_thinned_out = wanted.sampled && !decision.sampled;
    start.sampled = decision.sampled;
    start.sample_rate = decision.rate;
    start.is_recording = decision.sampled;
  }
  return begin_transaction(shared_from_this(), scopes, std::move(start), args);
}

void Core::finish(std::shared_ptr<tracing::SpanTree> tree, const tracing::SpanCounts& counts,
                  const CaptureScopes& scopes) {
  Engine* const engine = is_enabled() ? this->engine() : nullptr;
  if (engine == nullptr) return;
  CaptureRecord record;
  record.id = base::new_event_id();
  record.origin = Hint::Origin::transaction;
  record.span_count = counts.ended + 1;
  record.trace.frozen = tree->frozen_context();
  record.tree = std::move(tree);
  if (scopes.global) record.scopes[0] = scopes.global->snapshot();
  if (scopes.isolation) record.scopes[1] = scopes.isolation->snapshot();
  // The temporary scope is the one of the end, unless that is in another unit of work.
  const bool is_at_home = scopes.isolation == scope::isolation_scope();
  const auto current = is_at_home ? scope::current_scope() : scopes.current;
  if (current) record.scopes[2] = current->snapshot();

  const EventId id = record.id;
  engine->ledger->captured(DataCategory::transaction);
  engine->ledger->captured(DataCategory::span, record.span_count);
  lose(*engine, DiscardReason::buffer_overflow, counts.over_limit);
  lose(*engine, DiscardReason::insufficient_data, counts.unfinished);
  engine->worker->push(std::make_unique<CaptureJob>(std::move(record), *engine->pipeline));
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

void Core::leave_out(const tracing::SpanCounts& counts, DiscardReason reason) {
  Engine* const engine = is_enabled() ? this->engine() : nullptr;
  if (engine == nullptr) return;
  engine->ledger->refused(reason, DataCategory::transaction);
  lose(*engine, reason, counts.unrecorded + 1);
  diag::debug("a transaction is dropped: {}", protocol::to_text(reason));
}

void Core::ignore_span() noexcept {
  base::contain([&] {
    Engine* const engine = is_enabled() ? this->engine() : nullptr;
    if (engine != nullptr) lose(*engine, DiscardReason::ignored, 1);
  });
}

}  // namespace picket::client
