#include "ingest/trace_nodes.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace picket::ingest {
namespace {

constexpr double kSameTime = 0.001;  // seconds by which two times may differ and still be the same

bool comes_before(const TraceNode& a, const TraceNode& b) {
  return std::tuple(a.shifted_start(), std::string_view(a.span_id), std::string_view(a.event_id)) <
         std::tuple(b.shifted_start(), std::string_view(b.span_id), std::string_view(b.event_id));
}

bool is_client(std::string_view op) {
  return op.size() >= 7 && op.substr(op.size() - 7) == ".client";
}

// A caller starts before the called one, and a client waits for its answer. What breaks this was
// measured with two clocks, so the called one goes to the middle of the call.
double shift_into(const TraceNode& caller, const TraceNode& called) {
  const bool early = called.start < caller.shifted_start() - kSameTime;
  const bool late = is_client(caller.op) && called.start > caller.shifted_end() + kSameTime;
  if (!early && !late) return 0;
  const double spare = (caller.end - caller.start) - (called.end - called.start);
  return caller.shifted_start() + std::max(0.0, spare / 2) - called.start;
}

}  // namespace

// Makes one tree of the nodes of a trace. Works on indices, the pointers are set at the end.
class TraceLinker {
 public:
  TraceLinker(std::string id, std::vector<NewNode> nodes);
  Trace link();

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  void find_parents();
  void find_parent(std::size_t node);
  std::size_t known(const std::string& span_id, std::size_t child) const;
  std::size_t stand_in(const std::string& span_id, std::size_t owner, double start);
  std::size_t owner_of(std::size_t node) const;
  void cut_cycles();
  void cut_cycle_of(std::size_t node);
  void shift_clocks();
  double shift_of(std::size_t node) const;
  std::vector<std::size_t> line_up();
  void set_pointers(std::size_t node);

  Trace trace_;
  std::vector<NewNode> nodes_;
  std::vector<std::size_t> parents_;
  std::vector<std::vector<std::size_t>> children_;
  std::vector<std::size_t> roots_;
  std::map<std::string, std::size_t> by_span_id_;
  std::map<const TraceNode*, std::size_t> transactions_;
  std::map<std::pair<std::string, std::size_t>, std::size_t> stand_ins_;  // by id and owner
};

// Sorted first, so that the order of arrival decides nothing.
TraceLinker::TraceLinker(std::string id, std::vector<NewNode> nodes) : nodes_(std::move(nodes)) {
  trace_.id_ = std::move(id);
  std::stable_sort(nodes_.begin(), nodes_.end(),
                   [](const NewNode& a, const NewNode& b) { return comes_before(*a, *b); });
  for (const TraceNodeKind kind : {TraceNodeKind::transaction, TraceNodeKind::span}) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i]->kind != kind || nodes_[i]->span_id.empty()) continue;
      by_span_id_.emplace(nodes_[i]->span_id, i);  // of two with the same id the first counts
      if (kind == TraceNodeKind::transaction) transactions_[nodes_[i].get()] = i;
    }
  }
  parents_.assign(nodes_.size(), kNone);
}

std::size_t TraceLinker::known(const std::string& span_id, std::size_t child) const {
  const auto found = by_span_id_.find(span_id);
  return found == by_span_id_.end() || found->second == child ? kNone : found->second;
}

// The transaction that a span came in; none for all others.
std::size_t TraceLinker::owner_of(std::size_t node) const {
  if (nodes_[node]->kind != TraceNodeKind::span) return kNone;
  const auto found = transactions_.find(nodes_[node]->transaction);
  return found == transactions_.end() ? kNone : found->second;
}

// Children of one missing parent share a stand-in. It hangs in the transaction they came in.
std::size_t TraceLinker::stand_in(const std::string& span_id, std::size_t owner, double start) {
  const auto [place, is_new] = stand_ins_.try_emplace({span_id, owner}, nodes_.size());
  if (is_new) {
    auto node = std::make_unique<TraceNode>();
    node->kind = TraceNodeKind::missing;
    node->span_id = span_id;
    node->start = node->end = start;
    if (owner != kNone) node->transaction = nodes_[owner].get();
    nodes_.push_back(std::move(node));
    parents_.push_back(owner);
  }
  return place->second;
}

// An event without a span of its own, as processes send it that do not trace, belongs to the span
// that called the process.
void TraceLinker::find_parent(std::size_t node) {
  const bool event = nodes_[node]->kind == TraceNodeKind::event;
  const std::string span_id = nodes_[node]->span_id;
  const std::string parent_id = nodes_[node]->parent_span_id;
  const std::size_t owner = owner_of(node);
  std::size_t parent = event ? known(span_id, node) : kNone;
  if (parent == kNone) parent = known(parent_id, node);
  const std::string& wanted = event ? span_id : parent_id;
  if (parent == kNone && wanted.empty()) parent = owner;
  if (parent == kNone && !wanted.empty()) parent = stand_in(wanted, owner, nodes_[node]->start);
  parents_[node] = parent;
}

void TraceLinker::find_parents() {
  const std::size_t arrived = nodes_.size();  // stand-ins follow
  for (std::size_t i = 0; i < arrived; ++i) find_parent(i);
}

void TraceLinker::cut_cycle_of(std::size_t node) {
  std::size_t first = node;
  for (std::size_t at = parents_[node]; at != node; at = parents_[at]) first = std::min(first, at);
  parents_[first] = kNone;
}

// Ids that go round in a circle reach no root: the one that starts first becomes one.
void TraceLinker::cut_cycles() {
  std::vector<std::size_t> walk(nodes_.size(), 0);  // which walk came by; walks count from 1
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    std::size_t at = i;
    while (at != kNone && walk[at] == 0) {
      walk[at] = i + 1;
      at = parents_[at];
    }
    if (at != kNone && walk[at] == i + 1) cut_cycle_of(at);
  }
}

double TraceLinker::shift_of(std::size_t node) const {
  if (parents_[node] == kNone) return 0;
  const TraceNode& parent = *nodes_[parents_[node]];
  const TraceNode& own = *nodes_[node];
  const bool arrived = parent.kind != TraceNodeKind::missing;
  if (own.kind == TraceNodeKind::transaction) return arrived ? shift_into(parent, own) : 0;
  if (own.kind == TraceNodeKind::event && arrived && !(own.sender == parent.sender)) return 0;
  return parent.clock_shift;
}

// From the roots down: each is held against a caller whose own clock is right already.
void TraceLinker::shift_clocks() {
  children_.resize(nodes_.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    (parents_[i] == kNone ? roots_ : children_[parents_[i]]).push_back(i);
  }
  std::vector<std::size_t> next = roots_;
  while (!next.empty()) {
    const std::size_t node = next.back();
    next.pop_back();
    nodes_[node]->clock_shift = shift_of(node);
    next.insert(next.end(), children_[node].begin(), children_[node].end());
  }
}

void TraceLinker::set_pointers(std::size_t node) {
  TraceNode& own = *nodes_[node];
  if (parents_[node] != kNone) {
    own.parent = nodes_[parents_[node]].get();
    own.depth = own.parent->depth + 1;
    if (own.transaction == nullptr) own.transaction = own.parent->transaction;
  }
  for (const std::size_t child : children_[node]) own.children.push_back(nodes_[child].get());
}

// Depth first, without recursion: a trace may be deep.
std::vector<std::size_t> TraceLinker::line_up() {
  const auto by_start = [this](std::size_t a, std::size_t b) {
    return comes_before(*nodes_[a], *nodes_[b]);
  };
  std::stable_sort(roots_.begin(), roots_.end(), by_start);
  for (auto& children : children_) std::stable_sort(children.begin(), children.end(), by_start);
  std::vector<std::size_t> order, next(roots_.rbegin(), roots_.rend());
  while (!next.empty()) {
    order.push_back(next.back());
    next.pop_back();
    const auto& children = children_[order.back()];
    next.insert(next.end(), children.rbegin(), children.rend());
  }
  return order;
}

Trace TraceLinker::link() {
  find_parents();
  cut_cycles();
  shift_clocks();
  const std::vector<std::size_t> order = line_up();
  for (const std::size_t node : order) set_pointers(node);
  for (const std::size_t node : order) trace_.nodes_.push_back(std::move(nodes_[node]));
  trace_.choose_label();
  return std::move(trace_);
}

Trace link_trace(std::string id, std::vector<NewNode> nodes) {
  return TraceLinker(std::move(id), std::move(nodes)).link();
}

}  // namespace picket::ingest
