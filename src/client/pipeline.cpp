#include "client/pipeline.hpp"

#include "base/contain.hpp"
#include "base/diagnostics.hpp"

#include <utility>

namespace picket::client {

Pipeline::Pipeline(std::shared_ptr<const Config> config,
                   std::shared_ptr<protocol::LossLedger> ledger)
    : config_(std::move(config)),
      ledger_(std::move(ledger)),
      symbolizer_({.in_app = {.include = config_->options.in_app_include,
                              .exclude = config_->options.in_app_exclude},
                   .debug_directories = config_->options.debug_directories,
                   .source_context_lines = config_->options.source_context_lines,
                   .with_source_paths = config_->options.send_default_pii}),
      scrubber_(config_->options.scrub) {}

std::optional<protocol::OutgoingEnvelope> Pipeline::run(CaptureRecord record) {
  Draft draft;
  draft.record = std::move(record);
  draft.event = assemble(draft.record);

  const auto drop = [&](protocol::DiscardReason reason) {
    // The ledger comes last: what throws before it is counted by the worker, once.
    diag::debug("event {} dropped: {}", draft.record.id.to_string(), to_text(reason));
    ledger_->dropped(reason, category_of(draft.record));
    if (draft.record.span_count > 0) {
      ledger_->dropped(reason, protocol::DataCategory::span, draft.record.span_count);
    }
    tell_drop(draft.record, reason);
    return std::nullopt;
  };
  if (is_ignored(draft.event)) return drop(protocol::DiscardReason::event_processor);
  enrich(draft);
  if (config_->options.normalize_ops && draft.event.is_transaction()) normalize_ops(draft.event);
  if (const auto reason = run_hooks(draft)) return drop(*reason);
  scrub(draft);  // after all that may bring in a secret; what it throws ends the event
  auto envelope = finish(draft);
  if (!envelope) return drop(protocol::DiscardReason::internal_sdk_error);
  settle_spans(draft);
  return envelope;
}

void Pipeline::tell_drop(const CaptureRecord& record, protocol::DiscardReason reason) const {
  if (!config_->options.on_delivery) return;
  base::contain([&] {
    config_->options.on_delivery({.id = record.id,
                                  .category = to_text(category_of(record)),
                                  .outcome = DeliveryOutcome::dropped,
                                  .reason = to_text(reason)});
  });
}

void Pipeline::settle_spans(const Draft& draft) {
  for (const protocol::Loss& loss : draft.lost_spans) {
    ledger_->dropped(loss.reason, loss.category, loss.count);
  }
}

}  // namespace picket::client
