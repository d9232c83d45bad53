#include "client/metrics_batch.hpp"

#include "json/writer.hpp"
#include "picket/json.hpp"
#include "protocol/write_metric.hpp"

#include <type_traits>
#include <utility>

namespace picket::client {

/// Copies a value into the batch and says how many bytes it counts as.
struct MetricsBatch::PutValue {
  MetricsBatch& batch;
  Fact& fact;

  std::uint64_t operator()(std::nullptr_t) const noexcept { return 0; }
  std::uint64_t operator()(std::monostate) const noexcept { return 0; }
  std::uint64_t operator()(bool flag) const noexcept {
    fact.value = flag;
    return 1;
  }
  template <class T>
  requires std::is_arithmetic_v<T> std::uint64_t operator()(T number) const noexcept {
    fact.value = number;
    return 8;
  }
  std::uint64_t operator()(std::string_view text) const {
    fact.value = batch.put(text);
    return text.size();
  }
  std::uint64_t operator()(const std::string& text) const {
    return (*this)(std::string_view(text));
  }
  std::uint64_t operator()(const Value* value) const { return std::visit(*this, value->storage()); }
  std::uint64_t operator()(const List* list) const { return (*this)(*list); }
  std::uint64_t operator()(const Object* object) const { return (*this)(*object); }
  std::uint64_t operator()(const List& list) const { return put_json(Value(list)); }
  std::uint64_t operator()(const Object& object) const { return put_json(Value(object)); }

 private:
  std::uint64_t put_json(const Value& value) const {
    Json where;
    where.begin = static_cast<std::uint32_t>(batch.texts_.size());
    json::append_value(batch.texts_, value);
    where.size = static_cast<std::uint32_t>(batch.texts_.size()) - where.begin;
    if (where.size <= protocol::kMaxMetricBytes) {
      fact.value = where;
      return where.size;
    }
    // Too large for any metric: enough of it stays for the worker to see that.
    where.size = protocol::kMaxMetricBytes;
    batch.texts_.resize(where.begin + where.size);
    fact.value = static_cast<const Text&>(where);
    return where.size;
  }

 public:
  PutValue(MetricsBatch& owner, Fact& target) noexcept : batch(owner), fact(target) {}
};

MetricsBatch::Text MetricsBatch::put(std::string_view text) {
  const Text where{static_cast<std::uint32_t>(texts_.size()),
                   static_cast<std::uint32_t>(text.size())};
  texts_.append(text);
  return where;
}

std::uint64_t MetricsBatch::append(std::string_view key, const ValueRef& value) {
  Fact fact;
  fact.key = put(key);
  const std::uint64_t bytes = key.size() + std::visit(PutValue(*this, fact), value.storage());
  facts_.push_back(std::move(fact));
  ++records_.back().facts;
  return bytes;
}

void MetricsBatch::append_record(const MetricSample& sample, WallTime timestamp,
                                 const MetricPlace& place) {
  Record& record = records_.emplace_back();
  record.type = sample.type;
  record.value = sample.value;
  record.timestamp = timestamp;
  record.place = place;
  record.first_fact = static_cast<std::uint32_t>(facts_.size());
  record.name = put(sample.name);
  if (sample.type != Metric::Type::counter) record.unit = put(sample.args.unit);
  record.bytes = sample.name.size() + 8;
}

std::uint64_t MetricsBatch::add(const MetricSample& sample, WallTime timestamp,
                                const MetricPlace& place) {
  constexpr std::size_t kTypicalTexts = 32;
  if (records_.capacity() == 0) {  // one allocation each, instead of one for each doubling
    records_.reserve(kMaxRecords);
    texts_.reserve(kMaxRecords * kTypicalTexts);
  }
  const std::size_t records = records_.size();
  const std::size_t facts = facts_.size();
  const std::size_t texts = texts_.size();
  try {
    append_record(sample, timestamp, place);
    const Attributes& attributes = sample.args.attributes;
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      records_.back().bytes += append(attributes[i].key, attributes[i].value);
    }
  } catch (...) {
    records_.resize(records);
    facts_.resize(facts);
    texts_.resize(texts);
    throw;
  }
  bytes_ += records_.back().bytes;
  return records_.back().bytes;
}

std::uint64_t MetricsBatch::add_attribute(std::string_view key, ValueRef value) {
  Record& record = records_.back();
  for (std::size_t i = record.first_fact; i < facts_.size(); ++i) {
    if (text(facts_[i].key) == key) return 0;
  }
  const std::uint64_t bytes = append(key, value);
  record.bytes += bytes;
  bytes_ += bytes;
  return bytes;
}

std::size_t MetricsBatch::size_bytes() const noexcept {
  return sizeof(*this) + records_.capacity() * sizeof(Record) + facts_.capacity() * sizeof(Fact) +
         texts_.capacity();
}

Value MetricsBatch::value_of(const Fact& fact) const {
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

Metric MetricsBatch::metric(std::size_t index) const {
  const Record& record = records_[index];
  Metric metric;
  metric.type = record.type;
  metric.name = text(record.name);
  metric.value = record.value;
  metric.unit = text(record.unit);
  metric.timestamp = record.timestamp;
  metric.trace_id = base::to_hex(record.place.trace_id);
  if (record.place.span_id != base::SpanId{}) metric.span_id = base::to_hex(record.place.span_id);
  for (std::uint32_t i = 0; i < record.facts; ++i) {
    const Fact& fact = facts_[record.first_fact + i];
    metric.attributes.set(text(fact.key), value_of(fact));
  }
  return metric;
}

}  // namespace picket::client
