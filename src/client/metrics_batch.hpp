#pragma once

// A `MetricsBatch` keeps observations as compactly as the thread that makes them can write them:
// records in one vector, attributes in a second, all texts in one buffer. The worker turns each
// into a `Metric`. It knows nothing of threads: see `metrics_buffer.hpp`.

#include "base/ids.hpp"
#include "picket/metrics.hpp"
#include "picket/options.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace picket::client {

/// What a metric belongs to.
struct MetricPlace {
  base::TraceId trace_id{};
  base::SpanId span_id{};  // zero: none
};

/// One observation as the host makes it.
/// Lifetime: borrowed until the call returns.
struct MetricSample {
  Metric::Type type{};
  std::string_view name{};
  double value = 0;
  MetricArgs args{};
};

class MetricsBatch {
 public:
  /// So many leave together. Spec: P5.1.
  static constexpr std::size_t kMaxRecords = 100;

  /// Returns the number of bytes that the observation counts as: name, 8, attributes. Spec: P5.3.
  /// Errors: what it throws leaves the batch as it was.
  std::uint64_t add(const MetricSample& sample, WallTime timestamp, const MetricPlace& place);

  /// A further attribute of the newest observation; returns its bytes, 0 when there is one already.
  std::uint64_t add_attribute(std::string_view key, ValueRef value);

  [[nodiscard]] std::size_t size() const noexcept { return records_.size(); }
  [[nodiscard]] bool empty() const noexcept { return records_.empty(); }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint64_t bytes_of(std::size_t index) const noexcept {
    return records_[index].bytes;
  }
  [[nodiscard]] std::size_t size_bytes() const noexcept;  // of memory
  [[nodiscard]] Metric metric(std::size_t index) const;

 private:
  struct Text {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
  };
  struct Json : Text {};  // a list or an object

  struct Fact {
    Text key{};
    std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, Text, Json> value{};
  };

  struct Record {
    Metric::Type type{};
    double value = 0;
    WallTime timestamp{};
    MetricPlace place{};
    Text name{};
    Text unit{};
    std::uint32_t first_fact = 0;
    std::uint32_t facts = 0;
    std::uint64_t bytes = 0;
  };

  struct PutValue;

  Text put(std::string_view text);
  std::uint64_t append(std::string_view key, const ValueRef& value);
  void append_record(const MetricSample& sample, WallTime timestamp, const MetricPlace& place);
  [[nodiscard]] std::string_view text(Text where) const noexcept {
    return std::string_view(texts_).substr(where.begin, where.size);
  }
  [[nodiscard]] Value value_of(const Fact& fact) const;

  std::vector<Record> records_;
  std::vector<Fact> facts_;
  std::string texts_;
  std::uint64_t bytes_ = 0;
};

}  // namespace picket::client
