#include "tracing/span_tree.hpp"

#include "base/contain.hpp"
#include "base/diagnostics.hpp"
#include "base/text.hpp"
#include "tracing/propagation.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace picket::tracing {
namespace {

constexpr std::string_view kNoName = "<unlabeled transaction>";

/// The header that an upstream decision or ours goes out with.
TraceHeader header_of(const Trace& trace, base::SpanId span, std::optional<bool> sampled) {
  return {.trace_id = trace.trace_id, .span_id = span, .sampled = sampled};
}

void add_data(SpanStore& store, SpanIndex span, const Attributes& data) {
  for (std::size_t i = 0; i < data.size(); ++i) {
    store.add_fact(span, SpanStore::FactKind::datum, data[i].key, data[i].value);
  }
}

}  // namespace

TraceLink TraceLink::outside(const Trace& trace) {
  TraceLink link;
  link.trace = trace;
  link.span_id = trace.span_id;
  link.parent_span_id = trace.parent_span_id;
  link.sampled = trace.parent_sampled;
  link.frozen = trace.context;
  return link;
}

DynamicSamplingContext TraceLink::context(const Identity& identity) const {
  if (frozen) return *frozen;
  return describe(identity, {.trace_id = trace.trace_id,
                             .sample_rand = trace.sample_rand,
                             .sample_rate = sample_rate,
                             .sampled = sampled,
                             .transaction = transaction,
                             .source = source});
}

SpanTree::~SpanTree() = default;

WallTime SpanTree::now() const noexcept {
  const auto passed = policy_->clock.steady() - steady_start_;
  return wall_start_ + std::chrono::duration_cast<std::chrono::microseconds>(passed);
}

base::SpanId SpanTree::begin(TreeStart&& start, const TransactionArgs& args) {
  const base::SpanId id = base::new_span_id();
  static_cast<void>(has_ended_.load(std::memory_order_acquire));  // see `end`
  const std::lock_guard lock(mutex_);
  start_ = std::move(start);
  is_inside_ = start_.around != nullptr;
  root_.store(std::bit_cast<std::uint64_t>(id), std::memory_order_relaxed);
  if (name_ != args.name || args.name.empty()) {  // most often it is that of the one before
    name_.assign(args.name.empty() ? kNoName : base::utf8_prefix(args.name, kMaxName));
  }
  source_ = args.source;
  frozen_ = nullptr;
  over_limit_ = 0;
  unrecorded_.store(0, std::memory_order_relaxed);
  home_.store(nullptr, std::memory_order_relaxed);
  at_home_.store(0, std::memory_order_relaxed);
  has_ended_.store(false, std::memory_order_release);
  is_recording_.store(start_.is_recording, std::memory_order_relaxed);
  if (!start_.is_recording) return id;
  wall_start_ = policy_->clock.wall();
  steady_start_ = policy_->clock.steady();
  store_.restart();
  store_.add(id, kRoot, args.start_time.value_or(wall_start_),
             {.op = args.op, .origin = args.origin});
  add_data(store_, kRoot, args.data);
  return id;
}

bool SpanTree::is_ignored(const SpanArgs& args) const {
  const auto& patterns = policy_->ignore_spans;
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return base::matches_entry(args.op, pattern) || base::matches_entry(args.description, pattern);
  });
}

std::optional<SpanTree::Started> SpanTree::start_child(SpanIndex parent, const SpanArgs& args) {
  if (!policy_->ignore_spans.empty() && is_ignored(args)) {
    if (is_recording()) on_ignored();
    return std::nullopt;
  }
  Started started{.id = base::new_span_id()};
  if (!is_recording()) {
    unrecorded_.fetch_add(1, std::memory_order_relaxed);
    return started;
  }
  std::unique_lock lock(mutex_);
  if (has_ended()) return started;
  if (parent != kUnrecorded && store_.size() <= policy_->max_spans) {
    started.index = store_.add(started.id, store_.nearest_open(parent),
                               args.start_time ? *args.start_time : now(),
                               {args.op, args.description, args.origin});
  }
  if (started.index == kUnrecorded) {
    const bool is_first = over_limit_++ == 0;
    lock.unlock();  // whoever hears diagnostics may come back here
    if (is_first) {
      diag::debug(
          "a transaction has more than {} spans or too much data; further spans are dropped",
          policy_->max_spans);
    }
    return started;
  }
  add_data(store_, started.index, args.data);
  return started;
}

void SpanTree::set_name(std::string_view name, TransactionSource source) {
  if (name.empty()) return;
  const std::lock_guard lock(mutex_);
  if (has_ended()) return;
  name_.assign(base::utf8_prefix(name, kMaxName));
  source_ = source;
}

void SpanTree::end(SpanIndex span, bool failed, std::optional<WallTime> end) {
  if (!is_recording()) {
    // Children leave no trace; the root is the only span with index 0.
    if (span != kRoot) return;
    // Read before the exchange: whoever begins the tree anew has looked at what that wrote.
    const SpanCounts counts{.unrecorded = unrecorded_.load(std::memory_order_relaxed) +
                                          at_home_.load(std::memory_order_relaxed),
                            .is_sampled_out = start_.sampled.has_value(),
                            .is_thinned_out = start_.is_thinned_out};
    const bool is_inside = is_inside_;
    if (has_ended_.exchange(true)) return;
    if (is_inside) {
      const std::lock_guard lock(mutex_);
      start_.around = nullptr;
    }
    return on_end(counts);
  }
  if (span == kUnrecorded) return;
  SpanCounts counts;
  {
    const std::lock_guard lock(mutex_);
    if (has_ended() || store_.has_ended(span)) return;
    store_.set_end(span, end ? *end : now());
    if (store_.status(span) == SpanStatus::unset) {
      store_.set_status(span, failed ? SpanStatus::internal_error : SpanStatus::ok);
    }
    if (span != kRoot) return;
    has_ended_.store(true, std::memory_order_release);
    counts.ended = store_.ended();
    counts.unfinished = store_.size() - 1 - counts.ended;
    counts.over_limit = over_limit_;
    // What the trace says of itself changes no more; the worker puts it into words.
    if (start_.around) frozen_ = context(true);
    start_.around = nullptr;
  }
  if (counts.unfinished > 0) {
    diag::debug("{} spans had not ended with their transaction; they are left out",
                counts.unfinished);
  }
  on_end(counts);
}

SteadyTime SpanTree::moment(std::optional<WallTime> when) const noexcept {
  const SteadyTime now = policy_->clock.steady();
  return when ? now - (policy_->clock.wall() - *when) : now;
}

std::optional<std::chrono::nanoseconds> SpanTree::length(SpanIndex span) const {
  const std::lock_guard lock(mutex_);
  if (store_.size() <= span || !store_.has_ended(span)) return std::nullopt;
  return store_.length(span);
}

std::uint32_t SpanTree::figure_of(const SpanArgs&) noexcept { return 0; }

void SpanTree::count(std::uint32_t, std::chrono::nanoseconds, std::uint16_t, SpanStatus) noexcept {}

Trace SpanTree::trace() const {
  const std::lock_guard lock(mutex_);
  return start_.trace;
}

base::TraceId SpanTree::trace_id() const {
  const std::lock_guard lock(mutex_);
  return start_.trace.trace_id;
}

std::optional<bool> SpanTree::sampled() const {
  const std::lock_guard lock(mutex_);
  return start_.sampled;
}

std::optional<double> SpanTree::sample_rate() const {
  const std::lock_guard lock(mutex_);
  return start_.sample_rate;
}

SharedContext SpanTree::context(bool freeze) {
  if (start_.trace.context) return start_.trace.context;  // came from elsewhere: passed on as it is
  if (frozen_) return frozen_;
  if (start_.around) {
    // Locks are taken from the inside out, never back; a tree is never around itself.
    const std::lock_guard lock(start_.around->mutex_);
    SharedContext outer = start_.around->context(freeze);
    if (freeze) frozen_ = outer;
    return outer;
  }
  // Without tracing nobody decides here, and nobody's name is told. Spec: P4.10.
  const bool decided = start_.sampled.has_value();
  auto made = std::make_shared<const DynamicSamplingContext>(tracing::describe(
      policy_->identity(),
      {.trace_id = start_.trace.trace_id,
       .sample_rand = start_.trace.sample_rand,
       .sample_rate = start_.sample_rate,
       .sampled = start_.sampled,
       .transaction = decided && name_ != kNoName ? std::string_view(name_) : std::string_view{},
       .source = source_}));
  if (freeze) frozen_ = made;
  return made;
}

TraceLink SpanTree::link(const ActiveSpan& span) const {
  const std::lock_guard lock(mutex_);
  return locked_link(span);
}

std::optional<TraceLink> SpanTree::try_link(const ActiveSpan& span) const {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return std::nullopt;
  return locked_link(span);
}

bool SpanTree::try_ids(const ActiveSpan& span, TraceIds& found) const noexcept {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock.owns_lock()) found = ids(span);
  return lock.owns_lock();
}

TraceIds SpanTree::ids(const ActiveSpan& span) const noexcept {
  TraceIds found{start_.trace.trace_id, span.id, start_.parent_span_id};
  if (span.id == root()) return found;
  found.parent_span_id = root();
  if (span.index == kUnrecorded || span.index >= store_.size() || !is_recording()) return found;
  const SpanIndex open = store_.nearest_open(span.index);
  found.span_id = store_.id(open);
  found.parent_span_id = open == kRoot ? start_.parent_span_id : store_.parent_id(open);
  return found;
}

TraceLink SpanTree::locked_link(const ActiveSpan& span) const {
  const TraceIds found = ids(span);
  TraceLink link;
  link.trace = start_.trace;
  link.span_id = found.span_id;
  link.parent_span_id = found.parent_span_id;
  link.sampled = start_.sampled;
  link.sample_rate = start_.sample_rate;
  link.transaction = name_;
  link.source = source_;
  link.frozen = start_.trace.context ? start_.trace.context : frozen_;
  return link;
}

HeaderList SpanTree::headers(base::SpanId span, const PropagationTarget& target) {
  if (!is_target(target.url, policy_->targets, policy_->own_authority)) return {};
  Trace trace;
  std::optional<bool> sampled;
  SharedContext shared;
  {
    const std::lock_guard lock(mutex_);
    trace = start_.trace;
    sampled = start_.sampled;
    shared = context(true);
  }
  return make_headers(header_of(trace, span, sampled), *shared, target.baggage,
                      policy_->traceparent);
}

void SpanTree::describe(Event& event) const {
  const std::lock_guard lock(mutex_);
  event.transaction = name_;
  event.transaction_source = source_;
  store_.describe(base::to_hex(start_.trace.trace_id), event);
  if (start_.parent_span_id != base::SpanId{}) {
    event.trace->parent_span_id = base::to_hex(start_.parent_span_id);
  }
}

SharedContext SpanTree::frozen_context() {
  const std::lock_guard lock(mutex_);
  return context(true);
}

std::size_t SpanTree::size_bytes() const {
  const std::lock_guard lock(mutex_);
  return sizeof(*this) + store_.size_bytes() + name_.size();
}

}  // namespace picket::tracing
