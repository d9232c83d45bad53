#include "tracing/span_store.hpp"

#include "base/text.hpp"
#include "json/writer.hpp"
#include "picket/json.hpp"

#include <algorithm>
#include <chrono>
#include <type_traits>

namespace picket::tracing {
namespace {

// Before it is copied; the limits of the protocol are applied by `trim`. Bytes.
constexpr std::size_t kMaxText = 8192;
constexpr std::size_t kMaxLinks = 100;

constexpr std::string_view kDuration = "duration_ms";
constexpr std::string_view kManual = "manual";

std::string_view cut(std::string_view text, std::size_t max_bytes) noexcept {
  return text.size() <= max_bytes ? text : base::utf8_prefix(text, max_bytes);
}
using Milliseconds = std::chrono::duration<double, std::milli>;

}  // namespace

/// Copies a value into the store: scalars as they are, texts and what is nested as text.
struct SpanStore::PutValue {
  SpanStore& store;
  Fact& fact;

  void operator()(std::nullptr_t) const noexcept { fact.value = std::monostate{}; }
  void operator()(std::monostate) const noexcept { fact.value = std::monostate{}; }
  template <class T>
  requires std::is_arithmetic_v<T>
  void operator()(T number) const noexcept { fact.value = number; }
  void operator()(std::string_view text) const { fact.value = store.put(cut(text, kMaxText)); }
  void operator()(const std::string& text) const { (*this)(std::string_view(text)); }
  void operator()(const Value* value) const { std::visit(*this, value->storage()); }
  void operator()(const List* list) const { (*this)(*list); }
  void operator()(const Object* object) const { (*this)(*object); }
  void operator()(const List& list) const { put_json(Value(list)); }
  void operator()(const Object& object) const { put_json(Value(object)); }

 private:
  void put_json(const Value& value) const {
    Json where;
    where.begin = static_cast<std::uint32_t>(store.texts_.size());
    json::append_value(store.texts_, value);
    where.size = static_cast<std::uint32_t>(store.texts_.size()) - where.begin;
    if (where.size <= kMaxText) {
      fact.value = where;
      store.bytes_ += where.size;
      return;
    }
    store.texts_.resize(where.begin);  // half a container would be no JSON
  }

 public:
  PutValue(SpanStore& owner, Fact& target) noexcept : store(owner), fact(target) {}
};

void SpanStore::restart() {
  constexpr std::size_t kTypicalSpans = 16;
  spans_.reserve(kTypicalSpans);
  facts_.reserve(2 * kTypicalSpans);
  texts_.reserve(64 * kTypicalSpans);
  spans_.clear();
  facts_.clear();
  texts_.clear();
  links_.clear();
  ended_ = 0;
  bytes_ = 0;
}

SpanIndex SpanStore::add(base::SpanId id, SpanIndex parent, WallTime start, const Words& words) {
  if (!has_room(sizeof(Record))) return kUnrecorded;
  const auto index = static_cast<SpanIndex>(spans_.size());
  Record& record = spans_.emplace_back();
  bytes_ += sizeof(Record);
  record.id = id;
  record.parent = parent;
  record.start = start;
  record.op = put(cut(words.op, kMaxName));
  record.description = put(cut(words.description, kMaxText));
  if (words.origin != kManual) record.origin = put(cut(words.origin, kMaxName));
  return index;
}

SpanStore::Text SpanStore::put(std::string_view text) {
  if (text.empty() || !has_room(text.size())) return {};
  const Text where{static_cast<std::uint32_t>(texts_.size()),
                   static_cast<std::uint32_t>(text.size())};
  texts_.append(text);
  bytes_ += text.size();
  return where;
}

void SpanStore::set_op(SpanIndex span, std::string_view op) {
  spans_[span].op = put(cut(op, kMaxName));
}

void SpanStore::set_description(SpanIndex span, std::string_view description) {
  spans_[span].description = put(cut(description, kMaxText));
}

void SpanStore::set_status(SpanIndex span, SpanStatus status) noexcept {
  spans_[span].status = status;
}

void SpanStore::set_end(SpanIndex span, WallTime end) noexcept {
  Record& record = spans_[span];
  record.end = std::max(end, record.start);
  if (!record.has_ended && span != kRoot) ++ended_;
  record.has_ended = true;
}

void SpanStore::append(SpanIndex span, Fact fact) {
  const auto index = static_cast<std::uint32_t>(facts_.size());
  facts_.push_back(std::move(fact));
  bytes_ += sizeof(Fact);
  Record& record = spans_[span];
  if (record.last_fact == kNoFact) {
    record.first_fact = index;
  } else {
    facts_[record.last_fact].next = index;
  }
  record.last_fact = index;
}

void SpanStore::add_fact(SpanIndex span, FactKind kind, std::string_view key,
                         const ValueRef& value) {
  if (key.empty() || !has_room(sizeof(Fact) + key.size())) return;
  Fact fact;
  fact.kind = kind;
  fact.key = put(cut(key, kMaxName));
  std::visit(PutValue(*this, fact), value.storage());
  append(span, std::move(fact));
}

void SpanStore::add_measurement(SpanIndex span, std::string_view key, double value,
                                std::string_view unit) {
  if (key.empty() || !has_room(sizeof(Fact) + key.size() + unit.size())) return;
  Fact fact;
  fact.kind = FactKind::measurement;
  fact.key = put(cut(key, kMaxName));
  fact.unit = put(cut(unit, kMaxName));
  fact.value = value;
  append(span, std::move(fact));
}

void SpanStore::add_link(SpanIndex span, const SpanLink& link) {
  if (links_.size() >= kMaxLinks || !has_room(sizeof(SpanLink))) return;
  links_.emplace_back(span, link);
  bytes_ += sizeof(SpanLink);
}

SpanIndex SpanStore::nearest_open(SpanIndex span) const noexcept {
  while (span != kRoot && spans_[span].has_ended) span = spans_[span].parent;
  return span;
}

Value SpanStore::value_of(const Fact& fact) const {
  return std::visit(
      [this](const auto& value) -> Value {
        using T = std::remove_cvref_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::monostate>) {
          return {};
        } else if constexpr (std::is_same_v<T, Text>) {
          return Value(text(value));
        } else if constexpr (std::is_same_v<T, Json>) {
          auto parsed = parse_json(text(value));
          return parsed ? std::move(*parsed) : Value();
        } else {
          return Value(value);
        }
      },
      fact.value);
}

template <class Target>
void SpanStore::describe_facts(SpanIndex span, Target& target, Tags& tags,
                               Measurements& measures) const {
  const Record& record = spans_[span];
  target.op = text(record.op);
  target.description = text(record.description);
  target.origin = record.origin.size > 0 ? text(record.origin) : kManual;
  target.status = record.status;
  for (std::uint32_t i = record.first_fact; i != kNoFact; i = facts_[i].next) {
    const Fact& fact = facts_[i];
    Value value = value_of(fact);
    switch (fact.kind) {
      case FactKind::datum:
        target.data.set(text(fact.key), std::move(value));
        break;
      case FactKind::tag:
        tags.insert_or_assign(std::string(text(fact.key)),
                              value.as_text() ? *value.as_text() : to_json(value));
        break;
      case FactKind::measurement:
        measures.insert_or_assign(
            std::string(text(fact.key)),
            Measurement{.value = value.number_or(0), .unit = std::string(text(fact.unit))});
        break;
    }
  }
  for (const auto& [owner, link] : links_) {
    if (owner == span) target.links.push_back(link);
  }
  if (!target.data.contains(kDuration)) {  // T6
    target.data.set(kDuration, Value(Milliseconds(record.end - record.start).count()));
  }
}

SpanData SpanStore::child(SpanIndex span, std::string_view trace_id) const {
  const Record& record = spans_[span];
  SpanData data;
  data.trace_id = trace_id;
  data.span_id = base::to_hex(record.id);
  // A parent that never ended is not sent: the nearest ancestor that is takes its place.
  SpanIndex parent = record.parent;
  while (parent != kRoot && !spans_[parent].has_ended) parent = spans_[parent].parent;
  data.parent_span_id = base::to_hex(spans_[parent].id);
  data.start_timestamp = record.start;
  data.timestamp = record.end;
  describe_facts(span, data, data.tags, data.measurements);
  return data;
}

void SpanStore::describe(std::string_view trace_id, Event& event) const {
  const Record& root = spans_.front();
  event.start_timestamp = root.start;
  event.timestamp = root.end;
  TraceContext& trace = event.trace.emplace();
  trace.trace_id = trace_id;
  trace.span_id = base::to_hex(root.id);
  describe_facts(kRoot, trace, event.tags, event.measurements);
  event.spans.reserve(ended_);
  for (SpanIndex i = 1; i < spans_.size(); ++i) {
    if (spans_[i].has_ended) event.spans.push_back(child(i, trace_id));
  }
}

}  // namespace picket::tracing
