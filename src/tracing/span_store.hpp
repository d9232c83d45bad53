#pragma once

// A `SpanStore` keeps the spans of one transaction as compactly as the thread that measures can
// write them: records in one vector, facts in a second, all texts in one buffer. The worker turns
// it into `SpanData` when the transaction has ended. It knows nothing of threads: see
// `span_tree.hpp`.

#include "base/ids.hpp"
#include "picket/event.hpp"
#include "picket/span_data.hpp"
#include "picket/value.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace picket::tracing {

using SpanIndex = std::uint32_t;
inline constexpr SpanIndex kRoot = 0;
inline constexpr SpanIndex kUnrecorded = ~SpanIndex{0};  // exists, but leaves no record

inline constexpr std::size_t kMaxName = 1024;  // bytes; `trim` cuts to the limit of the protocol

class SpanStore {
 public:
  /// About how much one transaction may hold. A server takes no more in an event. Bytes.
  static constexpr std::size_t kMaxBytes = 1U << 20U;

  enum class FactKind : std::uint8_t { datum, tag, measurement };

  /// Empties the store and keeps its memory; there is some to begin with.
  void restart();

  /// The texts of a span that begins. An origin of `manual` takes no room.
  struct Words {
    std::string_view op{};
    std::string_view description{};
    std::string_view origin{};
  };

  /// The first one is the root. Errors: `kUnrecorded` when there is no room.
  SpanIndex add(base::SpanId id, SpanIndex parent, WallTime start, const Words& words);

  void set_op(SpanIndex span, std::string_view op);
  void set_description(SpanIndex span, std::string_view description);
  void set_status(SpanIndex span, SpanStatus status) noexcept;
  void set_end(SpanIndex span, WallTime end) noexcept;  // not before the start
  void add_fact(SpanIndex span, FactKind kind, std::string_view key, const ValueRef& value);
  void add_measurement(SpanIndex span, std::string_view key, double value, std::string_view unit);
  void add_link(SpanIndex span, const SpanLink& link);

  [[nodiscard]] bool has_ended(SpanIndex span) const noexcept { return spans_[span].has_ended; }
  [[nodiscard]] std::chrono::microseconds length(SpanIndex span) const noexcept {
    return spans_[span].end - spans_[span].start;
  }
  [[nodiscard]] SpanStatus status(SpanIndex span) const noexcept { return spans_[span].status; }
  [[nodiscard]] base::SpanId id(SpanIndex span) const noexcept { return spans_[span].id; }
  [[nodiscard]] base::SpanId parent_id(SpanIndex span) const noexcept {
    return spans_[spans_[span].parent].id;
  }

  /// The nearest ancestor, or `span` itself, that has not ended; the root if none.
  [[nodiscard]] SpanIndex nearest_open(SpanIndex span) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return spans_.size(); }
  [[nodiscard]] std::size_t ended() const noexcept { return ended_; }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return bytes_; }

  /// What the root says, into the event's trace context, tags and measurements; the children that
  /// have ended, into its spans.
  void describe(std::string_view trace_id, Event& event) const;

 private:
  struct Text {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
  };

  struct Json : Text {};  // a list or an object

  static constexpr std::uint32_t kNoFact = ~std::uint32_t{0};

  struct Fact {
    FactKind kind{};
    std::uint32_t next = kNoFact;  // of the same span
    Text key{};
    Text unit{};
    std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, Text, Json> value{};
  };

  struct Record {
    base::SpanId id{};
    SpanIndex parent = kRoot;
    SpanStatus status = SpanStatus::unset;
    bool has_ended = false;
    WallTime start{};
    WallTime end{};
    Text op{};
    Text description{};
    Text origin{};
    std::uint32_t first_fact = kNoFact;
    std::uint32_t last_fact = kNoFact;
  };

  struct PutValue;

  [[nodiscard]] bool has_room(std::size_t bytes) const noexcept {
    return bytes_ + bytes <= kMaxBytes;
  }
  Text put(std::string_view text);
  void append(SpanIndex span, Fact fact);
  [[nodiscard]] std::string_view text(Text where) const noexcept {
    return std::string_view(texts_).substr(where.begin, where.size);
  }
  [[nodiscard]] Value value_of(const Fact& fact) const;
  [[nodiscard]] SpanData child(SpanIndex span, std::string_view trace_id) const;
  template <class Target>
  void describe_facts(SpanIndex span, Target& target, Tags& tags, Measurements& measures) const;

  std::vector<Record> spans_;
  std::vector<Fact> facts_;
  std::string texts_;
  std::vector<std::pair<SpanIndex, SpanLink>> links_;
  std::size_t ended_ = 0;  // children
  std::size_t bytes_ = 0;  // of everything above
};

}  // namespace picket::tracing
