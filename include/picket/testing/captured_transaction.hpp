#pragma once

// What a test asks about a finished transaction and its spans.

#include "picket/envelope.hpp"
#include "picket/export.hpp"
#include "picket/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace picket::testing {

/// One child span.
class PICKET_EXPORT CapturedSpan {
 public:
  explicit CapturedSpan(Value payload) : payload_(std::move(payload)) {}

  [[nodiscard]] const Value& json() const noexcept { return payload_; }

  [[nodiscard]] std::string op() const;
  [[nodiscard]] std::string description() const;
  [[nodiscard]] std::string status() const;  // empty: none
  [[nodiscard]] std::string trace_id() const;
  [[nodiscard]] std::string span_id() const;
  [[nodiscard]] std::string parent_span_id() const;
  [[nodiscard]] const Value& datum(std::string_view key) const;  // null: there is none
  [[nodiscard]] std::optional<std::string> tag(std::string_view key) const;

 private:
  Value payload_;
};

/// One received transaction.
class PICKET_EXPORT CapturedTransaction {
 public:
  CapturedTransaction(Value payload, Envelope envelope);

  [[nodiscard]] const Value& json() const noexcept { return payload_; }
  [[nodiscard]] const Envelope& envelope() const noexcept { return envelope_; }

  [[nodiscard]] std::string id() const;
  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::string source() const;
  [[nodiscard]] std::string op() const;
  [[nodiscard]] std::string status() const;
  [[nodiscard]] std::string trace_id() const;
  [[nodiscard]] std::string span_id() const;
  [[nodiscard]] std::string parent_span_id() const;              // empty: the trace began here
  [[nodiscard]] const Value& datum(std::string_view key) const;  // of the root span
  [[nodiscard]] std::optional<std::string> tag(std::string_view key) const;

  /// In the order of their start.
  [[nodiscard]] const std::vector<CapturedSpan>& spans() const noexcept { return spans_; }
  [[nodiscard]] std::vector<CapturedSpan> with_op(std::string_view op) const;

  /// A few lines for people: the tree with its statuses.
  [[nodiscard]] std::string describe() const;

 private:
  Value payload_;
  Envelope envelope_;
  std::vector<CapturedSpan> spans_;
};

}  // namespace picket::testing
