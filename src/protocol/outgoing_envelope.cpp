#include "protocol/outgoing_envelope.hpp"

#include "base/text.hpp"
#include "json/writer.hpp"
#include "picket/version.hpp"
#include "protocol/write.hpp"

namespace picket::protocol {
namespace {

bool is_event_type(std::string_view type) noexcept {
  return type == "event" || type == "transaction" || type == "feedback";
}

// Session updates and client reports stay when the event beside them is taken out. P6.5
bool rides_with_event(std::string_view type) noexcept {
  return type == "attachment" || type == "user_report" || type == "profile";
}

std::string item_header(std::string_view type, std::uint64_t length, const ItemHeaders& headers) {
  std::string line;
  json::Writer writer(line);
  writer.begin_object();
  writer.member("type", type);
  writer.key("length");
  writer.number(length);
  writer.member("filename", base::file_name(headers.filename));
  writer.member("content_type", headers.content_type);
  if (headers.attachment_type != "event.attachment") {
    writer.member("attachment_type", headers.attachment_type);
  }
  if (headers.item_count > 0) {
    writer.key("item_count");
    writer.number(headers.item_count);
  }
  writer.end_object();
  line.push_back('\n');
  return line;
}

}  // namespace

OutgoingEnvelope OutgoingEnvelope::restore(Header header, std::string body,
                                           std::vector<Quantity> quantities) {
  OutgoingEnvelope envelope(std::move(header));
  envelope.items_.push_back({.begin = 0,
                             .end = body.size(),
                             .is_event = false,
                             .belongs_to_event = false,
                             .quantities = std::move(quantities)});
  envelope.body_ = std::move(body);
  return envelope;
}

void OutgoingEnvelope::add_item(std::string_view type, std::string_view payload,
                                std::vector<Quantity> quantities, const ItemHeaders& headers) {
  write_item(
      type, std::move(quantities), [&](std::string& body) { body.append(payload); }, headers);
}

void OutgoingEnvelope::finish_item(std::string_view type, std::size_t payload_begin,
                                   std::vector<Quantity> quantities, const ItemHeaders& headers) {
  const std::size_t length = body_.size() - payload_begin;
  const std::string line = item_header(type, length, headers);
  // All that can throw comes first, so that a failure leaves no half of an item behind.
  body_.reserve(body_.size() + line.size() + 1);
  items_.push_back({.begin = payload_begin,
                    .end = body_.size() + line.size() + 1,
                    .is_event = is_event_type(type),
                    .belongs_to_event = rides_with_event(type),
                    .quantities = std::move(quantities)});
  body_.insert(payload_begin, line);
  body_.push_back('\n');
}

std::vector<Quantity> OutgoingEnvelope::quantities() const {
  std::vector<Quantity> all;
  for (const Item& item : items_) {
    all.insert(all.end(), item.quantities.begin(), item.quantities.end());
  }
  return all;
}

std::string OutgoingEnvelope::to_bytes(WallTime sent_at) const {
  std::string bytes;
  bytes.reserve(256 + header_.dsn.size() + header_.trace.size() + body_.size());
  json::Writer writer(bytes);
  writer.begin_object();
  if (!header_.event_id.is_nil()) writer.member("event_id", header_.event_id.to_string());
  writer.member("dsn", header_.dsn);
  writer.key("sent_at");
  write_timestamp(writer, sent_at);
  writer.key("sdk");
  writer.begin_object();
  writer.member("name", kSdkName);
  writer.member("version", kVersion);
  writer.end_object();
  if (!header_.trace.empty()) {
    writer.key("trace");
    writer.raw(header_.trace);
  }
  writer.end_object();
  bytes.push_back('\n');
  bytes.append(body_);
  return bytes;
}

std::string client_report_payload(const std::vector<Loss>& losses, WallTime now) {
  std::string payload;
  json::Writer writer(payload);
  writer.begin_object();
  writer.key("timestamp");
  write_timestamp(writer, now);
  writer.key("discarded_events");
  writer.begin_array();
  for (const Loss& loss : losses) {
    writer.begin_object();
    writer.member("reason", to_text(loss.reason));
    writer.member("category", to_text(loss.category));
    writer.key("quantity");
    writer.number(loss.count);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return payload;
}

}  // namespace picket::protocol
