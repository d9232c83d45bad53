#include "picket/testing/captured_transaction.hpp"

#include <utility>

namespace picket::testing {
namespace {

/// A member by its whole key, which may hold dots.
const Value& member_or_none(const Value& object, std::string_view key) {
  static const Value kNone;
  const Object* const members = object.as_object();
  const Value* const found = members != nullptr ? members->find(key) : nullptr;
  return found != nullptr ? *found : kNone;
}

std::string text(const Value& object, std::string_view key) {
  return std::string(member_or_none(object, key).text_or(""));
}

std::optional<std::string> optional_text(const Value& value) {
  if (const std::string* const found = value.as_text()) return *found;
  return std::nullopt;
}

void describe_children(const std::vector<CapturedSpan>& spans, const std::string& parent,
                       std::size_t depth, std::string& out) {
  if (depth > spans.size()) return;  // a circle, which only a broken payload has
  for (const CapturedSpan& span : spans) {
    if (span.parent_span_id() != parent) continue;
    out.append(2 * depth, ' ').append(span.op()).append(" ").append(span.description());
    out.append(" [").append(span.status()).append("]\n");
    describe_children(spans, span.span_id(), depth + 1, out);
  }
}

}  // namespace

std::string CapturedSpan::op() const { return text(payload_, "op"); }
std::string CapturedSpan::description() const { return text(payload_, "description"); }
std::string CapturedSpan::status() const { return text(payload_, "status"); }
std::string CapturedSpan::trace_id() const { return text(payload_, "trace_id"); }
std::string CapturedSpan::span_id() const { return text(payload_, "span_id"); }
std::string CapturedSpan::parent_span_id() const { return text(payload_, "parent_span_id"); }

const Value& CapturedSpan::datum(std::string_view key) const {
  return member_or_none(member_or_none(payload_, "data"), key);
}

std::optional<std::string> CapturedSpan::tag(std::string_view key) const {
  return optional_text(member_or_none(member_or_none(payload_, "tags"), key));
}

CapturedTransaction::CapturedTransaction(Value payload, Envelope envelope)
    : payload_(std::move(payload)), envelope_(std::move(envelope)) {
  if (const List* const spans = payload_.at("spans").as_list()) {
    for (const Value& span : *spans) spans_.emplace_back(span);
  }
}

std::string CapturedTransaction::id() const { return text(payload_, "event_id"); }
std::string CapturedTransaction::name() const { return text(payload_, "transaction"); }

std::string CapturedTransaction::source() const {
  return text(payload_.at("transaction_info"), "source");
}

std::string CapturedTransaction::op() const { return text(payload_.at("contexts.trace"), "op"); }

std::string CapturedTransaction::status() const {
  return text(payload_.at("contexts.trace"), "status");
}

std::string CapturedTransaction::trace_id() const {
  return text(payload_.at("contexts.trace"), "trace_id");
}

std::string CapturedTransaction::span_id() const {
  return text(payload_.at("contexts.trace"), "span_id");
}

std::string CapturedTransaction::parent_span_id() const {
  return text(payload_.at("contexts.trace"), "parent_span_id");
}

const Value& CapturedTransaction::datum(std::string_view key) const {
  return member_or_none(payload_.at("contexts.trace.data"), key);
}

std::optional<std::string> CapturedTransaction::tag(std::string_view key) const {
  return optional_text(member_or_none(payload_.at("tags"), key));
}

std::vector<CapturedSpan> CapturedTransaction::with_op(std::string_view op) const {
  std::vector<CapturedSpan> found;
  for (const CapturedSpan& span : spans_) {
    if (span.op() == op) found.push_back(span);
  }
  return found;
}

std::string CapturedTransaction::describe() const {
  std::string out = op() + " " + name() + " [" + status() + "] (" + trace_id() + ")\n";
  describe_children(spans_, span_id(), 1, out);
  return out;
}

}  // namespace picket::testing
