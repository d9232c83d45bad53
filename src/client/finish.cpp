// Stage: limits, bytes, attachments.

#include "base/diagnostics.hpp"
#include "client/attachment_reader.hpp"
#include "client/pipeline.hpp"
#include "json/writer.hpp"
#include "protocol/trim.hpp"
#include "protocol/write.hpp"
#include "scope/merge.hpp"

#include <algorithm>
#include <utility>

namespace picket::client {
namespace {

constexpr std::size_t kTypicalEventBytes = 8192;

std::string to_json(const Event& event, const protocol::EventExtras& extras) {
  std::string payload;
  payload.reserve(kTypicalEventBytes);
  json::Writer writer(payload);
  protocol::write(writer, event, extras);
  return payload;
}

}  // namespace

/// What is thrown in here ends the event: no breadcrumb is written that was not scrubbed.
std::string_view Pipeline::write_breadcrumbs(Draft& draft) {
  return known_breadcrumbs_.text_of(draft.record.scopes, draft.breadcrumbs,
                                    [&](std::string& out, protocol::BreadcrumbView view) {
                                      scrub(view, draft.masked);
                                      json::Writer writer(out);
                                      protocol::write(writer, view);
                                    });
}

std::optional<std::string> Pipeline::write_payload(Draft& draft) {
  protocol::EventExtras extras{.send_default_pii = config_->options.send_default_pii,
                               .contexts = nullptr};
  if (draft.breadcrumbs_are_views) extras.breadcrumb_text = write_breadcrumbs(draft);
  extras.contexts = draft.context_texts;
  if (draft.stack_text) {
    extras.stacktrace = draft.stack_text->stacktrace;
    extras.images = draft.stack_text->images;
  }
  std::string payload = to_json(draft.event, extras);
  if (payload.size() <= protocol::kMaxEventBytes) return payload;

  if (draft.breadcrumbs_are_views) {  // `shrink` takes from the model
    for (auto& view : draft.breadcrumbs) {
      scrub(view, draft.masked);
      draft.event.breadcrumbs.push_back(scope::to_breadcrumb(view));
    }
    extras.breadcrumb_text = {};
  }
  make_whole(draft);
  extras.contexts = nullptr;
  extras.stacktrace = extras.images = {};
  diag::warn("event {} has {} bytes, more than a server takes; it is made smaller",
             draft.record.id.to_string(), payload.size());
  while (payload.size() > protocol::kMaxEventBytes) {
    if (!protocol::shrink(draft.event)) return std::nullopt;
    payload = to_json(draft.event, extras);
  }
  return payload;
}

std::string Pipeline::trace_header(const Draft& draft) const {
  if (!draft.event.trace || !config_->dsn) return {};
  const tracing::TraceLink& link = draft.record.trace;
  // A hand-made event may name a trace that we know nothing of.
  const bool is_own = draft.record.tree != nullptr ||
                      draft.event.trace->trace_id == base::to_hex(link.trace.trace_id);
  if (is_own) {
    auto context = draft.record.tree ? *draft.record.tree->frozen_context()
                                     : link.context(config_->trace->identity());
    scrub(context);
    return context.to_json();
  }
  return tracing::DynamicSamplingContext{
      {{"trace_id", draft.event.trace->trace_id}, {"public_key", config_->dsn->public_key()}}}
      .to_json();
}

void Pipeline::add_attachments(const Draft& draft, protocol::OutgoingEnvelope& envelope) {
  std::uint64_t accepted = 0;
  for (const Attachment& attachment : draft.attachments) {
    auto contents = read_attachment(attachment, config_->options.max_attachment_bytes);
    if (!contents) {
      diag::warn("an attachment of event {} is left out: {}", draft.record.id.to_string(),
                 contents.error().message);
      ledger_->refused(protocol::DiscardReason::internal_sdk_error,
                       protocol::DataCategory::attachment, refused_quantity(attachment));
      continue;
    }
    const std::uint64_t quantity = contents->bytes.empty() ? 1 : contents->bytes.size();
    envelope.add_item("attachment", contents->bytes,
                      {{protocol::DataCategory::attachment, quantity}},
                      {.filename = contents->filename,
                       .content_type = attachment.content_type,
                       .attachment_type = attachment.attachment_type});
    accepted += quantity;
  }
  // From here on the worker settles them together with their event.
  if (accepted > 0) ledger_->captured(protocol::DataCategory::attachment, accepted);
}

void count_lost_spans(Draft& draft, std::size_t before, protocol::DiscardReason reason) {
  const std::size_t after = draft.event.spans.size();
  if (after >= before) return;
  draft.lost_spans.push_back({reason, protocol::DataCategory::span, before - after});
}

void Pipeline::add_event(const Draft& draft, std::string_view payload,
                         protocol::OutgoingEnvelope& envelope) const {
  if (draft.record.tree == nullptr) {
    return envelope.add_item("event", payload, {{protocol::DataCategory::error, 1}});
  }
  // What hooks put in was never captured: the books hold what has come out of the queue.
  std::uint64_t spans = draft.record.span_count;
  for (const protocol::Loss& loss : draft.lost_spans) spans -= std::min(spans, loss.count);
  envelope.add_item(
      "transaction", payload,
      {{protocol::DataCategory::transaction, 1}, {protocol::DataCategory::span, spans}});
}

std::optional<protocol::OutgoingEnvelope> Pipeline::finish(Draft& draft) {
  const std::size_t spans = draft.event.spans.size();
  protocol::trim(draft.event);
  auto payload = write_payload(draft);
  if (!payload) return std::nullopt;
  count_lost_spans(draft, spans, protocol::DiscardReason::invalid);
  protocol::OutgoingEnvelope envelope(
      {.event_id = draft.record.id,
       .dsn = config_->dsn ? config_->dsn->to_string() : std::string{},
       .trace = trace_header(draft)});
  add_event(draft, *payload, envelope);
  add_attachments(draft, envelope);
  return envelope;
}

}  // namespace picket::client
