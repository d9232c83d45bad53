#include "picket/scope.hpp"

#include "base/diagnostics.hpp"
#include "policy.hpp"
#include "scope/scope_state.hpp"

#include "support/allocations.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace picket {
namespace {

using scope::ScopeData;
using tests::count_allocations;

ScopeData data_of(const Scope& scope) {
  const auto data = scope.state()->snapshot().data;
  return data ? *data : ScopeData{};
}

std::string tag(const Scope& scope, std::string_view key) {
  for (const auto& [name, value] : data_of(scope).tags) {
    if (name == key) return value;
  }
  return "(none)";
}

// Hears what picket says while it lives.
class Listener {
 public:
  explicit Listener(Level least) {
    diag::configure(least, [this](Level, std::string_view line) { lines.emplace_back(line); });
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { diag::configure(Level::warning, {}); }

  std::vector<std::string> lines{};
};

TEST_SUITE("scope/scope") {
  TEST_CASE("a tag is text whatever it was") {  // S5.7
    struct Row {
      const char* name;
      ValueRef value;
      const char* expected;
    };
    const Value boxed(42);
    const Row rows[] = {{"text", "eu", "eu"},
                        {"bool", true, "true"},
                        {"false", false, "false"},
                        {"int", -7, "-7"},
                        {"unsigned", 18446744073709551615ULL, "18446744073709551615"},
                        {"double", 0.1, "0.1"},
                        {"whole double", 3.0, "3"},
                        {"value", boxed, "42"},
                        {"null", nullptr, "(none)"},
                        {"empty", "", "(none)"}};
    for (const Row& row : rows) {
      CAPTURE(row.name);
      Scope scope;
      scope.set_tag("key", row.value);
      CHECK(tag(scope, "key") == row.expected);
    }
  }

  TEST_CASE("tags are cleaned, the last write wins, and they can be removed") {  // P3.3, S5.7
    Scope scope;
    scope.set_tag("my key", "one");
    scope.set_tag("my key", "two");
    CHECK(tag(scope, "my_key") == "two");
    CHECK(data_of(scope).tags.size() == 1);
    scope.set_tag("", "nothing");
    CHECK(data_of(scope).tags.size() == 1);
    scope.set_tag("lines", "one\ntwo");
    CHECK(tag(scope, "lines").find('\n') == std::string::npos);
    std::string euros;
    for (int i = 0; i < 300; ++i) euros += "\xE2\x82\xAC";
    scope.set_tag("long", euros);
    CHECK(tag(scope, "long").size() <= 600);
    CHECK(tag(scope, "long").size() >= 190);
    scope.remove_tag("my key");
    scope.remove_tag("never set");
    CHECK(tag(scope, "my_key") == "(none)");
  }

  TEST_CASE("a changed tag is reported once for each key in debug mode") {  // S5.7
    const Listener listener(Level::debug);
    Scope scope;
    for (int i = 0; i < 3; ++i) scope.set_tag("reported key", i);
    REQUIRE(listener.lines.size() == 1);
    CHECK(listener.lines[0].find("reported_key") != std::string::npos);
  }

  TEST_CASE("setting the same tag again allocates nothing and copies nothing") {
    Scope scope;
    scope.set_tag("region", "a value that is longer than a short string");
    const auto same = [&] {
      scope.set_tag("region", "a value that is longer than a short string");
    };
    CHECK(count_allocations(same) == 0);
    CHECK(count_allocations([&] { scope.set_tag("region", "one that is no longer than it"); }) ==
          0);
    CHECK(count_allocations([&] { scope.set_tag("region", 12345); }) == 0);
    const auto held = scope.state()->snapshot();
    CHECK(count_allocations([&] { scope.set_tag("region", 12345); }) == 0);
    CHECK(scope.state()->snapshot().data == held.data);
    scope.set_tag("region", "other");
    CHECK(scope.state()->snapshot().data != held.data);
    CHECK(held.data->tags[0].second == "12345");
  }

  TEST_CASE("no setter copies shared data to say what it says already") {
    Scope scope;
    const auto set_all = [&] {
      scope.set_user({.id = "7"});
      scope.set_request({.method = "GET", .url = "http://a/b"});
      scope.set_context("db", {{"pool", 4}});
      scope.set_extra("note", "text");
      scope.set_level(Level::fatal);
      scope.set_fingerprint({"a", "b"});
      scope.set_transaction_name("name");
      scope.remove_tag("absent");
      scope.remove_context("absent");
      scope.remove_extra("absent");
    };
    set_all();
    const auto held = scope.state()->snapshot();
    set_all();
    CHECK(scope.state()->snapshot().data == held.data);
  }

  TEST_CASE("a user replaces the former one as a whole") {  // S5.2
    Scope scope;
    scope.set_user({.id = "1", .email = "a@b.c"});
    scope.set_user({.id = "2"});
    CHECK(data_of(scope).user == User{.id = "2"});
    scope.remove_user();
    CHECK_FALSE(data_of(scope).user.has_value());
  }

  TEST_CASE("a request replaces the former one as a whole") {  // P3.18
    Scope scope;
    scope.set_request({.method = "GET", .query_string = "a=1"});
    scope.set_request({.method = "PUT"});
    CHECK(data_of(scope).request == Request{.method = "PUT"});
    scope.remove_request();
    CHECK_FALSE(data_of(scope).request.has_value());
    scope.set_request({.method = "PUT"});
    scope.clear();
    CHECK_FALSE(data_of(scope).request.has_value());
  }

  TEST_CASE("a context replaces the one of its name and can be removed") {  // S5.6
    Scope scope;
    scope.set_context("db", {{"pool", 4}, {"open", 2}});
    scope.set_context("db", {{"pool", 5}});
    REQUIRE(data_of(scope).contexts.size() == 1);
    CHECK(data_of(scope).contexts[0].second == Object{{"pool", 5}});
    scope.remove_context("db");
    CHECK(data_of(scope).contexts.empty());
  }

  TEST_CASE("reserved names of contexts are refused aloud") {  // S5.6
    const Listener listener(Level::warning);
    Scope scope;
    scope.set_context("trace", {{"a", 1}});
    scope.set_context("picket", {{"a", 1}});
    CHECK(data_of(scope).contexts.empty());
    CHECK(listener.lines.size() == 2);
  }

  TEST_CASE("the other facts are set and removed") {
    Scope scope;
    scope.set_extra("a", 1);
    scope.set_extra("a", 2);
    scope.set_level(Level::warning);
    scope.set_fingerprint({"x"});
    scope.set_transaction_name("job");
    scope.add_attachment({.filename = "a.txt", .bytes = "a"});
    CHECK(data_of(scope).extra == Object{{"a", 2}});
    CHECK(data_of(scope).level == Level::warning);
    CHECK(data_of(scope).fingerprint == std::vector<std::string>{"x"});
    CHECK(data_of(scope).transaction_name == "job");
    CHECK(data_of(scope).attachments.size() == 1);
    scope.remove_extra("a");
    scope.remove_level();
    scope.remove_fingerprint();
    scope.remove_transaction_name();
    scope.clear_attachments();
    CHECK(data_of(scope).extra.empty());
    CHECK_FALSE(data_of(scope).level.has_value());
    CHECK(data_of(scope).fingerprint.empty());
    CHECK(data_of(scope).transaction_name.empty());
    CHECK(data_of(scope).attachments.empty());
  }

  TEST_CASE("clearing a scope keeps its event processors") {  // C160, P7.3
    Scope scope;
    scope.set_tag("a", 1);
    scope.set_user({.id = "1"});
    scope.add_breadcrumb("note");
    scope.add_event_processor([](Event&, Hint&) { return Verdict::keep; });
    scope.add_event_processor({});  // an empty one is none
    scope.clear();
    CHECK(data_of(scope).tags.empty());
    CHECK_FALSE(data_of(scope).user.has_value());
    CHECK(scope.state()->snapshot().breadcrumbs.size() == 0);
    CHECK(data_of(scope).processors.size() == 1);
  }

  TEST_CASE("a fork is independent, a copied handle is not") {
    Scope scope;
    scope.set_tag("a", 1);
    Scope same = scope;
    Scope fork = scope.fork();
    same.set_tag("a", 2);
    fork.set_tag("b", 3);
    CHECK(tag(scope, "a") == "2");
    CHECK(tag(scope, "b") == "(none)");
    CHECK(tag(fork, "a") == "1");
  }

  TEST_CASE("breadcrumbs carry the time of the configured clock unless they have one") {
    constexpr WallTime kNoon{std::chrono::hours(12)};
    constexpr WallTime kDawn{std::chrono::hours(6)};
    const scope::Policy policy(2, kNoon);
    Scope scope;
    scope.add_breadcrumb("forgotten");
    scope.add_breadcrumb("noon", {.category = "time"});
    scope.add_breadcrumb(Breadcrumb{.timestamp = kDawn, .message = "dawn", .data = {{"a", 1}}});
    std::vector<WallTime> times;
    std::string last_data;
    scope.state()->snapshot().breadcrumbs.for_each(100, [&](const auto& view) {
      times.push_back(view.timestamp);
      last_data = view.data;
    });
    CHECK(times == std::vector{kNoon, kDawn});
    CHECK(last_data == R"({"a":1})");
    scope.clear_breadcrumbs();
    CHECK(scope.state()->snapshot().breadcrumbs.size() == 0);
  }

  TEST_CASE("a maximum of none records none") {  // S13.2
    const scope::Policy policy(0);
    Scope scope;
    scope.add_breadcrumb("note");
    scope.add_breadcrumb(Breadcrumb{.message = "note"});
    CHECK(scope.state()->snapshot().breadcrumbs.size() == 0);
  }

  TEST_CASE("a handle that was moved from does nothing") {
    Scope scope;
    const Scope taken = std::move(scope);
    scope.set_tag("a", 1);
    scope.add_breadcrumb("note");
    scope.clear();
    scope.fork().set_tag("a", 1);
    CHECK_FALSE(taken.state()->snapshot().data);
  }
}

}  // namespace
}  // namespace picket
