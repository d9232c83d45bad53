#include "picket/testing/captured.hpp"

#include "picket/json.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace picket::testing {
namespace {

std::string text_at(const Value& value, std::string_view path) {
  return std::string(value.at(path).text_or(""));
}

/// The member of that very name; unlike `Value::at`, dots in it mean nothing.
const Value* member(const Value& value, std::string_view key) {
  const Object* const object = value.as_object();
  return object == nullptr ? nullptr : object->find(key);
}

const Value* outermost(const Value& payload) {
  const List* const chain = payload.at("exception.values").as_list();
  return chain == nullptr || chain->empty() ? nullptr : &chain->back();
}

/// A line for each fact of the contexts that are the host's own.
std::string describe_contexts(const Value& contexts) {
  constexpr std::array<std::string_view, 6> kAutomatic{"app", "culture", "device",
                                                       "os",  "runtime", "trace"};
  constexpr std::size_t kMaxFact = 200;
  std::string text;
  const Object* const blocks = contexts.as_object();
  if (blocks == nullptr) return text;
  for (const Member& block : *blocks) {
    const Object* const facts = block.value.as_object();
    const bool automatic =
        std::find(kAutomatic.begin(), kAutomatic.end(), block.key) != kAutomatic.end();
    if (automatic || facts == nullptr) continue;
    for (const Member& fact : *facts) {
      text.append("  ").append(block.key).append(".").append(fact.key).append(" = ");
      text.append(to_json(fact.value), 0, kMaxFact).append("\n");
    }
  }
  return text;
}

std::vector<CapturedEvent> filter(const std::vector<CapturedEvent>& events, auto&& keeps) {
  std::vector<CapturedEvent> kept;
  for (const CapturedEvent& event : events) {
    if (keeps(event)) kept.push_back(event);
  }
  return kept;
}

}  // namespace

CapturedEvent::CapturedEvent(Value payload, Envelope envelope)
    : payload_(std::move(payload)), envelope_(std::move(envelope)) {}

std::string CapturedEvent::id() const { return text_at(payload_, "event_id"); }

std::string CapturedEvent::level() const { return text_at(payload_, "level"); }

std::string CapturedEvent::message() const { return text_at(payload_, "logentry.formatted"); }

std::string CapturedEvent::type() const {
  const Value* const exception = outermost(payload_);
  return exception == nullptr ? std::string{} : text_at(*exception, "type");
}

std::string CapturedEvent::value() const {
  const Value* const exception = outermost(payload_);
  return exception == nullptr ? std::string{} : text_at(*exception, "value");
}

bool CapturedEvent::is_error() const { return outermost(payload_) != nullptr; }

std::optional<std::string> CapturedEvent::tag(std::string_view key) const {
  const Value* const value = member(payload_.at("tags"), key);
  if (value == nullptr || value->as_text() == nullptr) return std::nullopt;
  return *value->as_text();
}

bool CapturedEvent::has_tag(std::string_view key, std::string_view value) const {
  return tag(key) == std::string(value);
}

bool CapturedEvent::has_context(std::string_view name) const {
  return member(payload_.at("contexts"), name) != nullptr;
}

bool CapturedEvent::has_context(std::string_view name, std::string_view key,
                                const Value& value) const {
  const Value* const context = member(payload_.at("contexts"), name);
  const Value* const fact = context == nullptr ? nullptr : member(*context, key);
  return fact != nullptr && *fact == value;
}

std::vector<std::string> CapturedEvent::breadcrumbs() const {
  std::vector<std::string> messages;
  if (const List* const crumbs = payload_.at("breadcrumbs.values").as_list()) {
    for (const Value& crumb : *crumbs) messages.push_back(text_at(crumb, "message"));
  }
  return messages;
}

std::vector<EnvelopeItem> CapturedEvent::attachments() const {
  std::vector<EnvelopeItem> found;
  for (const EnvelopeItem& item : envelope_.items) {
    if (item.type() == "attachment") found.push_back(item);
  }
  return found;
}

std::string CapturedEvent::describe() const {
  std::string text = "[" + level() + "] ";
  text += is_error() ? type() + ": " + value() : message();
  text += " (" + id() + ")\n";
  if (const auto user = text_at(payload_, "user.id"); !user.empty())
    text += "  user " + user + "\n";
  if (const Object* const tags = payload_.at("tags").as_object()) {
    for (const Member& tag : *tags) {
      text.append("  ").append(tag.key).append(" = ").append(tag.value.text_or("")).append("\n");
    }
  }
  text += describe_contexts(payload_.at("contexts"));
  for (const std::string& crumb : breadcrumbs()) text += "  - " + crumb + "\n";
  return text;
}

Captured::Captured(std::vector<std::string> raw) : raw_(std::move(raw)) {
  for (std::size_t i = 0; i < raw_.size(); ++i) {
    auto envelope = Envelope::parse(raw_[i]);
    if (!envelope) {
      problems_.push_back("envelope " + std::to_string(i) + ": " + envelope.error().message);
      continue;
    }
    envelopes_.push_back(*envelope);
    take("event", *envelope, events_, i);
    take("transaction", *envelope, transactions_, i);
  }
}

template <class Captures>
void Captured::take(std::string_view item_type, const Envelope& envelope, Captures& captures,
                    std::size_t index) {
  const EnvelopeItem* const item = envelope.find(item_type);
  if (item == nullptr) return;
  auto payload = parse_json(item->payload);
  if (payload) {
    captures.emplace_back(std::move(*payload), envelope);
  } else {
    problems_.push_back(std::string(item_type) + " " + std::to_string(index) + ": " +
                        payload.error().message);
  }
}

std::vector<CapturedTransaction> Captured::transactions_named(std::string_view name) const {
  std::vector<CapturedTransaction> found;
  for (const CapturedTransaction& transaction : transactions_) {
    if (transaction.name() == name) found.push_back(transaction);
  }
  return found;
}

std::optional<CapturedTransaction> Captured::last_transaction() const {
  if (transactions_.empty()) return std::nullopt;
  return transactions_.back();
}

std::vector<CapturedEvent> Captured::errors() const {
  return filter(events_, [](const CapturedEvent& event) { return event.is_error(); });
}

std::vector<CapturedEvent> Captured::messages() const {
  return filter(events_, [](const CapturedEvent& event) { return !event.is_error(); });
}

std::optional<CapturedEvent> Captured::last_event() const {
  if (events_.empty()) return std::nullopt;
  return events_.back();
}

std::optional<CapturedEvent> Captured::last_error() const {
  auto found = errors();
  if (found.empty()) return std::nullopt;
  return std::move(found.back());
}

std::vector<CapturedEvent> Captured::with_type(std::string_view type) const {
  return filter(events_, [&](const CapturedEvent& event) { return event.type() == type; });
}

std::vector<CapturedEvent> Captured::with_message(std::string_view part) const {
  return filter(events_, [&](const CapturedEvent& event) {
    return event.message().find(part) != std::string::npos ||
           event.value().find(part) != std::string::npos;
  });
}

std::vector<CapturedEvent> Captured::with_tag(std::string_view key, std::string_view value) const {
  return filter(events_, [&](const CapturedEvent& event) { return event.has_tag(key, value); });
}

std::vector<CapturedEvent> Captured::with_context(std::string_view name, std::string_view key,
                                                  const Value& value) const {
  return filter(events_,
                [&](const CapturedEvent& event) { return event.has_context(name, key, value); });
}

std::vector<Value> Captured::payloads(std::string_view item_type) const {
  std::vector<Value> found;
  for (const Envelope& envelope : envelopes_) {
    for (const EnvelopeItem& item : envelope.items) {
      if (item.type() != item_type) continue;
      if (auto payload = parse_json(item.payload)) found.push_back(std::move(*payload));
    }
  }
  return found;
}

std::uint64_t Captured::reported(std::string_view reason, std::string_view category) const {
  double sum = 0;
  for (const Value& report : payloads("client_report")) {
    const List* const losses = report.at("discarded_events").as_list();
    if (losses == nullptr) continue;
    for (const Value& loss : *losses) {
      const bool same =
          loss.at("reason").text_or("") == reason && loss.at("category").text_or("") == category;
      if (same) sum += loss.at("quantity").number_or(0);
    }
  }
  return static_cast<std::uint64_t>(sum);
}

std::string Captured::describe() const {
  std::string text =
      std::to_string(events_.size()) + " events, " + std::to_string(raw_.size()) + " envelopes\n";
  for (const std::string& problem : problems_) text += "! " + problem + "\n";
  for (const CapturedEvent& event : events_) text += event.describe();
  for (const CapturedTransaction& transaction : transactions_) text += transaction.describe();
  return text;
}

}  // namespace picket::testing
