#include "ingest/trace.hpp"

#include "ingest/formats.hpp"
#include "ingest/trace_nodes.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace picket::ingest {
namespace {

constexpr std::array kLabels = {&Sender::release, &Sender::server_name, &Sender::environment,
                                &Sender::sdk};

const TraceNode* only(const TraceNodes& nodes) { return nodes.size() == 1 ? nodes[0] : nullptr; }

bool is_span(const TraceNode& node) {
  return node.kind == TraceNodeKind::transaction || node.kind == TraceNodeKind::span;
}

template <class Condition>
TraceNodes where(const std::vector<std::unique_ptr<const TraceNode>>& nodes, Condition condition) {
  TraceNodes found;
  for (const auto& node : nodes) {
    if (condition(*node)) found.push_back(node.get());
  }
  return found;
}

}  // namespace

const Value& TraceNode::data(std::string_view key) const {
  static const Value kNothing;
  if (!payload) return kNothing;
  const Object* attributes = payload->at("attributes").as_object();  // of a streamed span
  const Object* data =
      payload->at(kind == TraceNodeKind::transaction ? "contexts.trace.data" : "data").as_object();
  const Object* place = attributes != nullptr ? attributes : data;
  const Value* found = place != nullptr ? place->find(key) : nullptr;
  if (found == nullptr) return kNothing;
  return attributes != nullptr ? found->at("value") : *found;
}

TraceNodes Trace::nodes() const {
  return where(nodes_, [](const TraceNode&) { return true; });
}

TraceNodes Trace::of_kind(TraceNodeKind kind) const {
  return where(nodes_, [kind](const TraceNode& node) { return node.kind == kind; });
}

TraceNodes Trace::with_op(std::string_view op) const {
  return where(nodes_, [op](const TraceNode& node) { return is_span(node) && node.op == op; });
}

TraceNodes Trace::named(std::string_view name) const {
  return where(nodes_,
               [name](const TraceNode& node) { return is_span(node) && node.name == name; });
}

const TraceNode* Trace::find(std::string_view span_id) const {
  const TraceNodes found = where(nodes_, [id = lower_id(span_id)](const TraceNode& node) {
    return is_span(node) && node.span_id == id;
  });
  return found.empty() ? nullptr : found[0];
}

const TraceNode* Trace::only_with_op(std::string_view op) const { return only(with_op(op)); }
const TraceNode* Trace::only_named(std::string_view name) const { return only(named(name)); }

double Trace::start() const {
  double first = nodes_.empty() ? 0 : nodes_.front()->shifted_start();
  for (const auto& node : nodes_) first = std::min(first, node->shifted_start());
  return first;
}

double Trace::end() const {
  double last = start();
  for (const auto& node : nodes_) last = std::max(last, node->shifted_end());
  return last;
}

void Trace::choose_label() {
  std::size_t most = 0;
  for (const auto label : kLabels) {
    std::set<std::string_view> values;
    for (const auto& node : nodes_) values.insert(node->sender.*label);
    values.erase("");
    if (values.size() > most) label_ = label;
    most = std::max(most, values.size());
  }
}

std::string Trace::sender_label(const Sender& sender) const {
  if (!(sender.*label_).empty()) return sender.*label_;
  for (const auto label : kLabels) {
    if (!(sender.*label).empty()) return sender.*label;
  }
  return {};
}

std::vector<Trace> build_traces(const std::vector<TraceItem>& items) {
  NewNodes nodes;
  for (const TraceItem& item : items) read_trace_item(item, nodes);
  nodes.erase("");
  std::vector<Trace> traces;
  for (auto& [id, of_trace] : nodes) traces.push_back(link_trace(id, std::move(of_trace)));
  std::stable_sort(traces.begin(), traces.end(), [](const Trace& a, const Trace& b) {
    return a.start() < b.start();  // those of the same time stay in the order of their ids
  });
  return traces;
}

}  // namespace picket::ingest
