#include "ingest/json_lines.hpp"

#include "picket/json.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <map>

namespace picket::ingest {
namespace {

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL adds a final zero byte
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

Object to_object(const Headers& headers) {
  Object object;
  for (const auto& [name, value] : headers) object.set(name, value);
  return object;
}

Object to_object(const ReceivedItem& item) {
  Object object{{"type", item.type}, {"headers", item.headers}, {"bytes", item.bytes.size()}};
  if (!item.payload.is_null()) {
    object.set("payload", item.payload);
  } else {
    object.set("base64", base64(item.bytes));
  }
  if (item.is_duplicate) object.set("duplicate", true);
  return object;
}

Object to_object(const Finding& finding) {
  Object object{{"severity", finding.fatal ? "reject" : "warn"}, {"text", finding.to_string()}};
  if (finding.item) object.set("item", *finding.item);
  if (!finding.path.empty()) object.set("path", finding.path);
  return object;
}

template <class T>
List to_list(const std::vector<T>& values) {
  List list;
  for (const T& value : values) list.emplace_back(to_object(value));
  return list;
}

std::string time_text(std::chrono::system_clock::time_point time) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch());
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(time)), us.count() % 1000000);
}

std::string_view name_of(TraceNodeKind kind) {
  switch (kind) {
    case TraceNodeKind::transaction:
      return "transaction";
    case TraceNodeKind::span:
      return "span";
    case TraceNodeKind::event:
      return "event";
    case TraceNodeKind::missing:
      return "missing";
  }
  return "";
}

void set_text(Object& object, std::string_view key, const std::string& text) {
  if (!text.empty()) object.set(key, text);
}

Object to_object(const Sender& sender) {
  Object object;
  set_text(object, "release", sender.release);
  set_text(object, "server_name", sender.server_name);
  set_text(object, "environment", sender.environment);
  set_text(object, "sdk", sender.sdk);
  return object;
}

// Without its place in the tree.
Object to_object(const TraceNode& node) {
  Object object{{"kind", name_of(node.kind)}};
  set_text(object, "span_id", node.span_id);
  set_text(object, "parent_span_id", node.parent_span_id);
  set_text(object, "event_id", node.event_id);
  set_text(object, "op", node.op);
  set_text(object, "name", node.name);
  set_text(object, "status", node.status);
  if (node.kind == TraceNodeKind::missing) return object;
  object.set("start", node.start).set("end", node.end);
  if (node.clock_shift != 0) object.set("clock_shift", node.clock_shift);
  if (node.kind != TraceNodeKind::span) object.set("sender", to_object(node.sender));
  return object;
}

}  // namespace

std::string to_json_line(const ReceivedEnvelope& envelope) {
  Object request{{"path", envelope.target},
                 {"headers", to_object(envelope.request_headers)},
                 {"wire_bytes", envelope.wire_bytes},
                 {"bytes", envelope.raw.size()}};
  Object response{{"status", envelope.status},
                  {"sent", name_of(envelope.sent)},
                  {"headers", to_object(envelope.response_headers)},
                  {"body", envelope.response_body}};
  Object document{{"number", envelope.number},
                  {"endpoint", envelope.endpoint},
                  {"arrived", time_text(envelope.arrived)},
                  {"verdict", name_of(envelope.verdict)},
                  {"request", std::move(request)},
                  {"headers", envelope.headers},
                  {"items", to_list(envelope.items)},
                  {"findings", to_list(envelope.findings)},
                  {"response", std::move(response)}};
  if (!envelope.reason.empty()) document.set("reason", envelope.reason);
  return to_json(document);
}

std::string to_json_line(const Trace& trace) {
  List nodes;
  std::map<const TraceNode*, std::size_t> indices;
  for (const TraceNode* node : trace.nodes()) {
    Object object{{"index", nodes.size()}};
    if (node->parent != nullptr) object.set("parent", indices[node->parent]);
    for (Member& member : to_object(*node)) object.set(member.key, std::move(member.value));
    indices[node] = nodes.size();
    nodes.emplace_back(std::move(object));
  }
  return to_json(Object{{"trace_id", trace.id()}, {"nodes", std::move(nodes)}});
}

}  // namespace picket::ingest
