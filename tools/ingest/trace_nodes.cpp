#include "ingest/trace_nodes.hpp"

#include "ingest/findings.hpp"
#include "ingest/formats.hpp"
#include "ingest/titles.hpp"

#include <algorithm>

namespace picket::ingest {
namespace {

std::string text_of(const Node& node) { return std::string(node.text_or("")); }
std::string id_of(const Node& node) { return lower_id(node.text_or("")); }

// A part of a payload that keeps the whole of it alive.
std::shared_ptr<const Value> part(const std::shared_ptr<const Value>& payload, const Value& value) {
  return {payload, &value};
}

Sender sender_of(const Node& event) {
  Sender sender{text_of(event["release"]), text_of(event["server_name"]),
                text_of(event["environment"]), text_of(event["sdk"]["name"])};
  if (!sender.sdk.empty()) sender.sdk += '/' + text_of(event["sdk"]["version"]);
  return sender;
}

void read_times(const Node& start, const Node& end, TraceNode& node) {
  node.start = start.seconds().value_or(end.seconds().value_or(0));
  node.end = std::max(node.start, end.seconds().value_or(node.start));
}

// What a span, a trace context and a streamed span have in common.
NewNode read_span(TraceNodeKind kind, const Node& span) {
  auto node = std::make_unique<TraceNode>();
  node->kind = kind;
  node->span_id = id_of(span["span_id"]);
  node->parent_span_id = id_of(span["parent_span_id"]);
  node->op = text_of(span["op"]);
  node->status = text_of(span["status"]);
  return node;
}

NewNode read_root(const TraceItem& item, const Node& event) {
  NewNode node = read_span(TraceNodeKind::transaction, event["contexts"]["trace"]);
  node->name = title_of(item.type, event);
  node->event_id = id_of(event["event_id"]);
  node->sender = sender_of(event);
  read_times(event["start_timestamp"], event["timestamp"], *node);
  node->payload = item.payload;
  node->transaction = node.get();
  return node;
}

NewNode read_child(const TraceItem& item, const Value& span, const TraceNode* root) {
  const Node fields(span);
  NewNode node = read_span(TraceNodeKind::span, fields);
  node->name = text_of(fields["description"]);
  if (root != nullptr) node->sender = root->sender;
  read_times(fields["start_timestamp"], fields["timestamp"], *node);
  node->payload = part(item.payload, span);
  node->transaction = root;
  return node;
}

// The spans are of the transaction's trace, whatever they say: they are shown where they came.
void read_transaction(const TraceItem& item, const Node& event, NewNodes& nodes) {
  auto& trace = nodes[id_of(event["contexts"]["trace"]["trace_id"])];
  NewNode root = read_root(item, event);
  const TraceNode* transaction = root.get();
  trace.push_back(std::move(root));
  const List* spans = event["spans"].list();
  for (std::size_t i = 0; spans != nullptr && i < spans->size(); ++i) {
    trace.push_back(read_child(item, (*spans)[i], transaction));
  }
}

void read_event(const TraceItem& item, const Node& event, NewNodes& nodes) {
  const Node trace = event["contexts"]["trace"];
  NewNode node = read_span(TraceNodeKind::event, trace);
  node->op = item.type == "feedback" ? item.type : std::string(event["level"].text_or("error"));
  node->name = title_of(item.type, event);
  node->status.clear();
  node->event_id = id_of(event["event_id"]);
  node->sender = sender_of(event);
  read_times(event["timestamp"], event["timestamp"], *node);
  node->payload = item.payload;
  nodes[id_of(trace["trace_id"])].push_back(std::move(node));
}

// P4.17: what belongs to a transaction stands in attributes here.
NewNode read_streamed(const TraceItem& item, const Value& value) {
  const Node span(value);
  const bool segment = span["is_segment"].truth();
  NewNode node = read_span(segment ? TraceNodeKind::transaction : TraceNodeKind::span, span);
  const auto attribute = [&](const char* key) { return text_of(span["attributes"][key]["value"]); };
  node->op = attribute("sentry.op");
  node->name = text_of(span["name"]);
  node->sender = {attribute("sentry.release"), attribute("server.address"),
                  attribute("sentry.environment"), attribute("sentry.sdk.name")};
  if (!node->sender.sdk.empty()) node->sender.sdk += '/' + attribute("sentry.sdk.version");
  read_times(span["start_timestamp"], span["end_timestamp"], *node);
  node->payload = part(item.payload, value);
  if (segment) node->transaction = node.get();
  return node;
}

void read_spans(const TraceItem& item, const Node& payload, NewNodes& nodes) {
  const List* records = payload["items"].list();
  if (records == nullptr) {  // the old form: one span, no container
    nodes[id_of(payload["trace_id"])].push_back(read_child(item, *item.payload, nullptr));
    return;
  }
  for (const Value& record : *records) {
    nodes[id_of(Node(record)["trace_id"])].push_back(read_streamed(item, record));
  }
}

}  // namespace

void read_trace_item(const TraceItem& item, NewNodes& nodes) {
  const Node payload(*item.payload);
  if (item.type == "transaction") return read_transaction(item, payload, nodes);
  if (item.type == "event" || item.type == "feedback") return read_event(item, payload, nodes);
  if (item.type == "span") return read_spans(item, payload, nodes);
}

}  // namespace picket::ingest
