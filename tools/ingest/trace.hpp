#pragma once

// A `Trace` is all that arrived of one trace id, from whatever process: transactions, their spans,
// and the events that happened meanwhile, as one tree. A transaction hangs below the span that
// called it, even one of another process; an event hangs below the span it happened in. Tests ask
// who called whom, `waterfall.hpp` draws it for people.
//
//   const ingest::Trace trace = server->received().trace(trace_id);
//   const ingest::TraceNode* served = trace.only_named("GET /stock");
//   REQUIRE(served != nullptr);
//   CHECK(served->parent == trace.only_with_op("http.client"));
//   CHECK(served->sender.release == "stock@2.1.0");

#include "picket/value.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace picket::ingest {

enum class TraceNodeKind {
  transaction,  // or the segment of streamed spans
  span,
  event,
  missing,  // a span that others name as their parent, and that never arrived
};

/// What tells processes apart.
struct Sender {
  std::string release{};
  std::string server_name{};
  std::string environment{};
  std::string sdk{};  // name/version

  friend bool operator==(const Sender&, const Sender&) = default;
};

/// One line of the waterfall.
struct TraceNode {
  TraceNodeKind kind = TraceNodeKind::span;
  std::string span_id{};         // lower case; of an event: the span it happened in
  std::string parent_span_id{};  // as it was sent; empty: none
  std::string op{};              // of an event: its level
  std::string name{};            // of the transaction, the description, or the event's title
  std::string status{};          // empty: none was sent
  std::string event_id{};        // of a transaction or an event
  Sender sender{};
  double start = 0;  // seconds since 1970 by the sender's clock
  double end = 0;    // of an event: its start

  /// The event, the transaction, or the span within its transaction; empty for a missing span.
  std::shared_ptr<const Value> payload{};

  /// Seconds to add to start and end to make them agree with the caller's clock. Not zero only
  /// where two clocks cannot both be right: the called one starts before its caller, or after the
  /// client's call was over.
  double clock_shift = 0;

  const TraceNode* parent = nullptr;
  const TraceNode* transaction = nullptr;  // that it belongs to; a transaction belongs to itself
  std::vector<const TraceNode*> children{};
  std::size_t depth = 0;  // 0: no parent

  [[nodiscard]] double shifted_start() const { return start + clock_shift; }
  [[nodiscard]] double shifted_end() const { return end + clock_shift; }
  [[nodiscard]] double milliseconds() const { return (end - start) * 1000; }

  /// The span data by key, wherever this kind keeps it; null if there is none.
  [[nodiscard]] const Value& data(std::string_view key) const;

  /// It names a parent that never arrived.
  [[nodiscard]] bool is_orphan() const {
    return parent != nullptr && parent->kind == TraceNodeKind::missing;
  }
};

using TraceNodes = std::vector<const TraceNode*>;

/// Lifetime: nodes live as long as their trace, also when it is moved.
class Trace {
 public:
  Trace() = default;

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] bool empty() const { return nodes_.empty(); }

  /// The order of the waterfall: parents before children, siblings by start, then by id.
  [[nodiscard]] TraceNodes nodes() const;
  [[nodiscard]] TraceNodes of_kind(TraceNodeKind kind) const;

  /// Transactions and spans.
  [[nodiscard]] TraceNodes with_op(std::string_view op) const;
  [[nodiscard]] TraceNodes named(std::string_view name) const;
  [[nodiscard]] const TraceNode* find(std::string_view span_id) const;

  /// The one there is; null when there is none, or more than one.
  [[nodiscard]] const TraceNode* only_with_op(std::string_view op) const;
  [[nodiscard]] const TraceNode* only_named(std::string_view name) const;

  /// From the first start to the last end, clocks shifted.
  /// Units: seconds since 1970.
  [[nodiscard]] double start() const;
  [[nodiscard]] double end() const;

  /// What tells the sender from the others of this trace: release, server name, environment or
  /// SDK, whichever has the most different values here.
  [[nodiscard]] std::string sender_label(const Sender& sender) const;

 private:
  friend class TraceLinker;
  void choose_label();

  std::string id_;
  std::string Sender::*label_ = &Sender::release;
  std::vector<std::unique_ptr<const TraceNode>> nodes_;
};

/// An item that may be part of traces.
struct TraceItem {
  std::string type{};
  std::shared_ptr<const Value> payload{};
};

/// All traces of the items, by start, then by id. Items of other types than event, transaction,
/// feedback and span are left out, so is what has no trace id.
std::vector<Trace> build_traces(const std::vector<TraceItem>& items);

}  // namespace picket::ingest
