// Stage: limits, bytes, attachments.

#include "base/diagnostics.hpp"
#include "client/attachment_reader.hpp"
#include "client/pipeline.hpp"
#include "json/writer.hpp"
#include "protocol/trim.hpp"
#include "protocol/write.hpp"
#include "scope/merge.hpp"

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

std::optional<std::string> Pipeline::write_payload(Draft& draft) const {
  protocol::EventExtras extras{.send_default_pii = config_->options.send_default_pii,
                               .breadcrumbs = nullptr};
  if (draft.breadcrumbs_are_views) extras.breadcrumbs = &draft.breadcrumbs;
  std::string payload = to_json(draft.event, extras);
  if (payload.size() <= protocol::kMaxEventBytes) return payload;

  if (draft.breadcrumbs_are_views) {  // `shrink` takes from the model
    for (const auto& view : draft.breadcrumbs) {
      draft.event.breadcrumbs.push_back(scope::to_breadcrumb(view));
    }
    extras.breadcrumbs = nullptr;
  }
  diag::warn("event {} has {} bytes, more than a server takes; it is made smaller",
             draft.record.id.to_string(), payload.size());
  while (payload.size() > protocol::kMaxEventBytes) {
    if (!protocol::shrink(draft.event)) return std::nullopt;
    payload = to_json(draft.event, extras);
  }
  return payload;
}

std::string Pipeline::trace_header(const Event& event) const {
  std::string header;
  if (!event.trace || !config_->dsn) return header;
  json::Writer writer(header);
  writer.begin_object();
  writer.member("trace_id", event.trace->trace_id);
  writer.member("public_key", config_->dsn->public_key());
  writer.member("release", event.release);
  writer.member("environment", event.environment);
  if (const auto org = config_->dsn->org_id()) writer.member("org_id", std::to_string(*org));
  writer.end_object();
  return header;
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

std::optional<protocol::OutgoingEnvelope> Pipeline::finish(Draft& draft) {
  protocol::trim(draft.event);
  auto payload = write_payload(draft);
  if (!payload) return std::nullopt;
  protocol::OutgoingEnvelope envelope(
      {.event_id = draft.record.id,
       .dsn = config_->dsn ? config_->dsn->to_string() : std::string{},
       .trace = trace_header(draft.event)});
  envelope.add_item("event", *payload, {{protocol::DataCategory::error, 1}});
  add_attachments(draft, envelope);
  return envelope;
}

}  // namespace picket::client
