#include "picket/testing/matchers.hpp"

#include "picket/json.hpp"

#include <algorithm>
#include <utility>

namespace picket::testing {
namespace {

constexpr std::size_t kMaxEvents = 20;  // in an explanation

std::string quoted(std::string_view text) { return std::string("\"").append(text).append("\""); }

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string counted(std::size_t count, std::string_view what) {
  return std::to_string(count).append(" ").append(what).append(count == 1 ? "" : "s");
}

/// The events, the newest last, each with what it does not meet.
std::string dump(const Captured& captured, const EventMatcher& matcher) {
  const auto& events = captured.events();
  const std::size_t skipped = events.size() > kMaxEvents ? events.size() - kMaxEvents : 0;
  std::string text;
  for (const std::string& problem : captured.problems()) text += "! " + problem + "\n";
  if (skipped != 0) text += counted(skipped, "older event") + "\n";
  for (std::size_t i = skipped; i < events.size(); ++i) {
    text += events[i].describe();
    const std::string misses = matcher.describe_misses(events[i]);
    if (!misses.empty()) text += "  (not: " + misses + ")\n";
  }
  return text;
}

MatchResult explain(bool matched, const std::string& expected, std::size_t found,
                    const Captured& captured, const EventMatcher& matcher) {
  const std::string events = counted(captured.events().size(), "captured event");
  return {matched, "expected " + expected + " with " + matcher.describe() + ", found " +
                       std::to_string(found) + " among " + events + "\n" + dump(captured, matcher)};
}

std::size_t count(const Captured& captured, const EventMatcher& matcher) {
  const auto matches = [&](const CapturedEvent& event) { return matcher.matches(event); };
  const auto& events = captured.events();
  return static_cast<std::size_t>(std::count_if(events.begin(), events.end(), matches));
}

}  // namespace

EventMatcher EventMatcher::and_that(std::string_view text, Predicate holds) const {
  EventMatcher longer = *this;
  longer.conditions_.push_back({std::string(text), std::move(holds)});
  return longer;
}

EventMatcher EventMatcher::and_type(std::string_view type) const {
  return and_that("type " + quoted(type), [type = std::string(type)](const CapturedEvent& event) {
    return event.type() == type;
  });
}

EventMatcher EventMatcher::and_message(std::string_view part) const {
  return and_that("message " + quoted(part),
                  [part = std::string(part)](const CapturedEvent& event) {
                    return has(event.message(), part) || has(event.value(), part);
                  });
}

EventMatcher EventMatcher::and_level(Level level) const {
  return and_that("level " + std::string(to_text(level)),
                  [level](const CapturedEvent& event) { return event.level() == to_text(level); });
}

EventMatcher EventMatcher::and_tag(std::string_view key, std::string_view value) const {
  return and_that("tag " + std::string(key) + " = " + quoted(value),
                  [key = std::string(key), value = std::string(value)](const CapturedEvent& event) {
                    return event.has_tag(key, value);
                  });
}

EventMatcher EventMatcher::and_context(std::string_view name) const {
  return and_that(
      "context " + std::string(name),
      [name = std::string(name)](const CapturedEvent& event) { return event.has_context(name); });
}

EventMatcher EventMatcher::and_context(std::string_view name, std::string_view key,
                                       const Value& value) const {
  const std::string text =
      "context " + std::string(name).append(".").append(key).append(" = ") + to_json(value);
  return and_that(
      text, [name = std::string(name), key = std::string(key), value](const CapturedEvent& event) {
        return event.has_context(name, key, value);
      });
}

EventMatcher EventMatcher::and_user(std::string_view id) const {
  return and_that("user " + quoted(id), [id = std::string(id)](const CapturedEvent& event) {
    return event.json().at("user.id").text_or("") == id;
  });
}

EventMatcher EventMatcher::and_breadcrumb(std::string_view part) const {
  return and_that("breadcrumb " + quoted(part),
                  [part = std::string(part)](const CapturedEvent& event) {
                    const auto crumbs = event.breadcrumbs();
                    return std::any_of(crumbs.begin(), crumbs.end(),
                                       [&](const std::string& crumb) { return has(crumb, part); });
                  });
}

bool EventMatcher::matches(const CapturedEvent& event) const {
  return std::all_of(conditions_.begin(), conditions_.end(),
                     [&](const Condition& condition) { return condition.holds(event); });
}

std::string EventMatcher::describe() const {
  std::string text;
  for (const Condition& condition : conditions_) {
    text.append(text.empty() ? "" : ", ").append(condition.text);
  }
  return text.empty() ? "anything" : text;
}

std::string EventMatcher::describe_misses(const CapturedEvent& event) const {
  std::string text;
  for (const Condition& condition : conditions_) {
    if (!condition.holds(event)) text.append(text.empty() ? "" : ", ").append(condition.text);
  }
  return text;
}

EventMatcher with_type(std::string_view type) { return EventMatcher().and_type(type); }

EventMatcher with_message(std::string_view part) { return EventMatcher().and_message(part); }

EventMatcher with_level(Level level) { return EventMatcher().and_level(level); }

EventMatcher with_tag(std::string_view key, std::string_view value) {
  return EventMatcher().and_tag(key, value);
}

EventMatcher with_context(std::string_view name) { return EventMatcher().and_context(name); }

EventMatcher with_context(std::string_view name, std::string_view key, const Value& value) {
  return EventMatcher().and_context(name, key, value);
}

EventMatcher with_user(std::string_view id) { return EventMatcher().and_user(id); }

EventMatcher with_breadcrumb(std::string_view part) { return EventMatcher().and_breadcrumb(part); }

MatchResult has_captured(const Captured& captured, const EventMatcher& matcher) {
  const std::size_t found = count(captured, matcher);
  return explain(found > 0, "an event", found, captured, matcher);
}

MatchResult has_captured(const Captured& captured, std::size_t times, const EventMatcher& matcher) {
  const std::size_t found = count(captured, matcher);
  return explain(found == times, counted(times, "event"), found, captured, matcher);
}

MatchResult has_captured_nothing(const Captured& captured) {
  const bool nothing = captured.events().empty() && captured.transactions().empty();
  std::string text = "expected nothing, found " + counted(captured.events().size(), "event") +
                     " and " + counted(captured.transactions().size(), "transaction") + "\n" +
                     dump(captured, {});
  for (const auto& transaction : captured.transactions()) text += transaction.describe();
  return {nothing, std::move(text)};
}

}  // namespace picket::testing
