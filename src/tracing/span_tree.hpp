#pragma once

// A `SpanTree` is one transaction while it runs: its place in a trace, its name, and the store of
// its spans. All spans of a transaction, on whatever thread, share it. One that is not sampled
// keeps no records: its spans are ids. The client derives from it to learn when it has ended.

#include "base/fork.hpp"
#include "picket/clock.hpp"
#include "picket/tracing.hpp"
#include "tracing/sampling_context.hpp"
#include "tracing/span_store.hpp"
#include "tracing/trace.hpp"
#include "tracing/trace_header.hpp"

#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace picket::tracing {

class SpanTree;

/// A span as threads and contexts remember it. Empty: none.
struct ActiveSpan {
  std::shared_ptr<SpanTree> tree{};
  base::SpanId id{};
  SpanIndex index = kUnrecorded;

  friend bool operator==(const ActiveSpan&, const ActiveSpan&) = default;
};

/// What all trees of a client go by. Threads: immutable; any.
struct TracePolicy {
  Clock clock{};
  std::string public_key{};
  std::string release{};
  std::string environment{};
  std::optional<std::uint64_t> org_id{};
  std::string own_authority{};  // `host[:port]` of the DSN
  std::optional<std::vector<std::string>> targets{};
  bool traceparent = false;
  bool strict = false;
  std::size_t max_spans = 1000;
  std::vector<std::string> ignore_spans{};

  [[nodiscard]] Identity identity() const noexcept {
    return {public_key, release, environment, org_id};
  }
};

/// The trace of an event: what it carries in its context, and what its envelope says.
struct TraceLink {
  Trace trace{};
  base::SpanId span_id{};
  base::SpanId parent_span_id{};  // zero: none
  std::optional<bool> sampled{};
  std::optional<double> sample_rate{};
  std::string transaction{};  // empty outside transactions
  TransactionSource source = TransactionSource::custom;
  SharedContext frozen{};  // null: not frozen yet

  /// For an event outside of spans. Spec: P4.10.
  static TraceLink outside(const Trace& trace);

  /// What the `trace` header of the envelope says.
  [[nodiscard]] DynamicSamplingContext context(const Identity& identity) const;
};

/// What the trace context of an event cannot do without.
struct TraceIds {
  base::TraceId trace_id{};
  base::SpanId span_id{};
  base::SpanId parent_span_id{};  // zero: none
};

/// Where a tree begins.
struct TreeStart {
  Trace trace{};
  base::SpanId parent_span_id{};        // zero: none
  std::optional<bool> sampled{};        // nothing: tracing without performance
  std::optional<double> sample_rate{};  // what decided locally
  bool is_recording = false;            // sampled, and to be sent
  bool is_thinned_out = false;          // not sampled, for backpressure alone
  std::shared_ptr<SpanTree> around{};   // a transaction of this process around it
};

/// The children of a tree that has ended, by what became of them.
struct SpanCounts {
  std::size_t ended = 0;
  std::size_t unfinished = 0;
  std::size_t over_limit = 0;  // of `max_spans`, or without room
  std::size_t unrecorded = 0;  // of a tree that is not recording
  bool is_sampled_out = false;
  bool is_thinned_out = false;  // for backpressure alone
};

/// Threads: any.
class SpanTree : public std::enable_shared_from_this<SpanTree> {
 public:
  explicit SpanTree(std::shared_ptr<const TracePolicy> policy) : policy_(std::move(policy)) {}
  virtual ~SpanTree();
  SpanTree(const SpanTree&) = delete;
  SpanTree& operator=(const SpanTree&) = delete;

  /// Begins, or begins anew when nobody else holds the tree. Returns the id of the root.
  base::SpanId begin(TreeStart&& start, const TransactionArgs& args);

  /// A child of `parent`, or of its nearest ancestor that has not ended. Without an index it exists
  /// but is not recorded. Nothing when the span is to be ignored: its children are those of
  /// `parent`.
  struct Started {
    base::SpanId id{};
    SpanIndex index = kUnrecorded;
  };
  std::optional<Started> start_child(SpanIndex parent, const SpanArgs& args);

  /// Calls `change(store)` while `span` has a record and has not ended.
  template <class Change>
  void edit(SpanIndex span, Change&& change) {
    if (span == kUnrecorded || !is_recording()) return;
    const std::lock_guard lock(mutex_);
    if (!has_ended() && store_.size() > span && !store_.has_ended(span)) change(store_);
  }

  /// Counts a child that is not recorded and needs nothing of its own; false when it has to be
  /// looked at first, for `Options::ignore_spans`. `home` says which thread starts it.
  bool passes_over(const void* home) noexcept {
    if (!policy_->ignore_spans.empty()) return false;
    if (home == home_.load(std::memory_order_relaxed)) {  // nobody else writes that count
      at_home_.store(at_home_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    } else {
      unrecorded_.fetch_add(1, std::memory_order_relaxed);
    }
    return true;
  }

  /// The id of the root. Threads: any, without a lock.
  [[nodiscard]] base::SpanId root() const noexcept {
    return std::bit_cast<base::SpanId>(root_.load(std::memory_order_relaxed));
  }

  /// The thread that starts most of the children, named by where it keeps its current span.
  void set_home(const void* home) noexcept { home_.store(home, std::memory_order_relaxed); }

  void set_name(std::string_view name, TransactionSource source);

  /// Ends a span once; the end of the root ends the tree. A status that was not set becomes
  /// `internal_error` after a failure, else `ok`. No `end`: now.
  void end(SpanIndex span, bool failed, std::optional<WallTime> end);

  [[nodiscard]] bool is_recording() const noexcept {
    return is_recording_.load(std::memory_order_relaxed);
  }
  /// True in the child of a fork, where the tree must not be touched.
  [[nodiscard]] bool is_forked() const noexcept {
    return base::fork_generation() != fork_generation_;
  }
  [[nodiscard]] bool has_ended() const noexcept {
    return has_ended_.load(std::memory_order_acquire);
  }

  /// A moment of the wall clock, by default now, on the steady clock.
  [[nodiscard]] SteadyTime moment(std::optional<WallTime> when) const noexcept;

  /// How long a recorded span took; nothing while it has not ended.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> length(SpanIndex span) const;

  /// Whether, and as what, a child that begins counts in the client's figures; 0: not at all.
  /// Those that do are measured whether the tree is recording or not. Spec: S6.8, S10.3, S10.4.
  [[nodiscard]] virtual std::uint32_t figure_of(const SpanArgs& args) noexcept;

  /// Counts one that has ended, with the status of an HTTP response, if there was one.
  virtual void count(std::uint32_t figure, std::chrono::nanoseconds length,
                     std::uint16_t http_status, SpanStatus status) noexcept;

  [[nodiscard]] Trace trace() const;
  [[nodiscard]] base::TraceId trace_id() const;
  [[nodiscard]] std::optional<bool> sampled() const;
  [[nodiscard]] std::optional<double> sample_rate() const;

  /// What an event captured now, in that span, is linked to.
  [[nodiscard]] TraceLink link(const ActiveSpan& span) const;

  /// As `link`, without waiting; nothing while somebody holds the lock.
  [[nodiscard]] std::optional<TraceLink> try_link(const ActiveSpan& span) const;

  /// The ids of `link` alone; false while somebody holds the lock. Threads: any, signal handler.
  bool try_ids(const ActiveSpan& span, TraceIds& ids) const noexcept;

  /// Freezes the context, unless nothing is sent there.
  [[nodiscard]] HeaderList headers(base::SpanId span, const PropagationTarget& target);

  // For the worker, once the tree has ended.

  /// The finished transaction as an event: names, times, trace context, spans.
  void describe(Event& event) const;
  [[nodiscard]] SharedContext frozen_context();
  [[nodiscard]] std::size_t size_bytes() const;

 protected:
  /// Called once, when the root has ended, without a lock. What it throws is contained.
  virtual void on_end(const SpanCounts& counts) = 0;

  /// Called for each span of `ignore_spans`.
  virtual void on_ignored() noexcept = 0;

  [[nodiscard]] const TracePolicy& policy() const noexcept { return *policy_; }

 private:
  [[nodiscard]] WallTime now() const noexcept;  // with the lock held, or before sharing
  [[nodiscard]] bool is_ignored(const SpanArgs& args) const;
  SharedContext context(bool freeze);                                 // with the lock held
  [[nodiscard]] TraceIds ids(const ActiveSpan& span) const noexcept;  // with the lock held
  [[nodiscard]] TraceLink locked_link(const ActiveSpan& span) const;  // with the lock held

  const std::shared_ptr<const TracePolicy> policy_;
  const std::uint32_t fork_generation_ = base::fork_generation();
  std::atomic<bool> is_recording_{false};
  std::atomic<bool> has_ended_{false};
  std::atomic<std::uint64_t> root_{0};  // the bytes of its id
  std::atomic<const void*> home_{nullptr};
  std::atomic<std::uint32_t> at_home_{0};     // children without a record, of that thread alone
  std::atomic<std::uint32_t> unrecorded_{0};  // others

  mutable std::mutex mutex_;
  TreeStart start_;
  bool is_inside_ = false;  // it began with a transaction around it
  std::string name_;
  TransactionSource source_ = TransactionSource::custom;
  SharedContext frozen_;
  std::uint32_t over_limit_ = 0;
  // Wall times are one reading of the wall clock plus steady time, so that no jump of the wall
  // clock tears a transaction apart.
  WallTime wall_start_{};
  SteadyTime steady_start_{};
  SpanStore store_;
};

}  // namespace picket::tracing
