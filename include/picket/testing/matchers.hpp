#pragma once

// What a test expects of captured events, as a value that can say why it was not met:
//
//   const MatchResult found = has_captured(client, with_type("Timeout").and_tag("kind", "db"));
//
// The result is a yes or no with an explanation, which ends with what was captured in short form.
// `doctest.hpp` and `gtest.hpp` have it printed by these frameworks, in the same words:
//
//   CHECK(has_captured(client, with_type("Timeout")));        // doctest
//   EXPECT_TRUE(has_captured(client, with_type("Timeout")));  // GoogleTest
//
// With any other framework print `explanation`.

#include "picket/export.hpp"
#include "picket/level.hpp"
#include "picket/testing/captured.hpp"
#include "picket/value.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace picket::testing {

/// What a check found.
struct [[nodiscard]] MatchResult {
  bool matched = false;
  std::string explanation{};  // lines for people, for a yes as for a no

  explicit operator bool() const noexcept { return matched; }

  /// The result type of a framework, where a header like `gtest.hpp` says how to make one.
  template <class Result>
  requires requires(const MatchResult& match) { convert(match, std::type_identity<Result>{}); }
  // NOLINTNEXTLINE(google-explicit-constructor): frameworks take it as if it were theirs.
  operator Result() const { return convert(*this, std::type_identity<Result>{}); }
};

/// Conditions that an event has to meet, all of them. A value; each `and_` returns a longer one.
class [[nodiscard]] PICKET_EXPORT EventMatcher {
 public:
  using Predicate = std::function<bool(const CapturedEvent&)>;

  EventMatcher() = default;  // any event

  EventMatcher and_type(std::string_view type) const;     // of the outermost exception
  EventMatcher and_message(std::string_view part) const;  // of the message or exception text
  EventMatcher and_level(Level level) const;
  EventMatcher and_tag(std::string_view key, std::string_view value) const;
  EventMatcher and_context(std::string_view name) const;
  EventMatcher and_context(std::string_view name, std::string_view key, const Value& value) const;
  EventMatcher and_user(std::string_view id) const;
  EventMatcher and_breadcrumb(std::string_view part) const;

  /// A condition of the test's own; `text` names it in explanations.
  EventMatcher and_that(std::string_view text, Predicate holds) const;

  [[nodiscard]] bool matches(const CapturedEvent& event) const;

  /// Such as `type "Timeout", tag kind = "db"`.
  [[nodiscard]] std::string describe() const;

  /// The conditions that `event` does not meet, in the same form; empty when it meets all.
  [[nodiscard]] std::string describe_misses(const CapturedEvent& event) const;

 private:
  struct Condition {
    std::string text;
    Predicate holds;
  };
  std::vector<Condition> conditions_;
};

/// The first condition of a matcher.
PICKET_EXPORT EventMatcher with_type(std::string_view type);
PICKET_EXPORT EventMatcher with_message(std::string_view part);
PICKET_EXPORT EventMatcher with_level(Level level);
PICKET_EXPORT EventMatcher with_tag(std::string_view key, std::string_view value);
PICKET_EXPORT EventMatcher with_context(std::string_view name);
PICKET_EXPORT EventMatcher with_context(std::string_view name, std::string_view key,
                                        const Value& value);
PICKET_EXPORT EventMatcher with_user(std::string_view id);
PICKET_EXPORT EventMatcher with_breadcrumb(std::string_view part);

/// Whether at least one event matches, or exactly `times`; of the explanation's events at most 20.
PICKET_EXPORT MatchResult has_captured(const Captured& captured, const EventMatcher& matcher);
PICKET_EXPORT MatchResult has_captured(const Captured& captured, std::size_t times,
                                       const EventMatcher& matcher);

/// Whether there is neither an event nor a transaction.
PICKET_EXPORT MatchResult has_captured_nothing(const Captured& captured);

/// The same of everything that has what it captured: `ScopedClient`, `MemoryTransport`.
template <class Source>
requires requires(const Source& source) { source.captured(); }
MatchResult has_captured(const Source& source, const EventMatcher& matcher) {
  return has_captured(source.captured(), matcher);
}

template <class Source>
requires requires(const Source& source) { source.captured(); }
MatchResult has_captured(const Source& source, std::size_t times, const EventMatcher& matcher) {
  return has_captured(source.captured(), times, matcher);
}

template <class Source>
requires requires(const Source& source) { source.captured(); }
MatchResult has_captured_nothing(const Source& source) {
  return has_captured_nothing(source.captured());
}

}  // namespace picket::testing
