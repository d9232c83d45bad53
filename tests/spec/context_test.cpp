// What a capture carries and what it leaves, and that each good habit is one statement.

#include "picket/captures.hpp"
#include "picket/picket.hpp"
#include "picket/testing/doctest.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace picket {
namespace {

using testing::CapturedEvent;
using testing::has_captured;
using testing::ScopedClient;
using testing::with_level;
using testing::with_message;
using testing::with_tag;

CapturedEvent last(const ScopedClient& client) {
  auto event = client.captured().last_event();
  REQUIRE(event);
  return std::move(*event);
}

TEST_SUITE("spec/context") {
  TEST_CASE("a capture takes every field, and the next event has none of it") {  // T1, S4.3
    const ScopedClient client;
    set_user({.id = "1"});
    try {
      throw std::logic_error("x");
    } catch (...) {
      capture_exception({.extra_context = {{"operation", "user_update"}},
                         .tags = {{"kind", "manual"}},
                         .contexts = {{"command", {{"command", "ban"}, {"prefix", "!"}}}},
                         .user = User{.id = "7", .username = "ann"},
                         .level = Level::fatal,
                         .fingerprint = {"one", "two"}});
    }
    const CapturedEvent full = last(client);
    CHECK(full.type() == "logic_error");  // of the exception being handled, which was not named
    CHECK(full.has_context("extra", "operation", "user_update"));
    CHECK(full.has_tag("kind", "manual"));
    CHECK(full.has_context("command", "command", "ban"));
    CHECK(full.has_context("command", "prefix", "!"));
    CHECK(full.json().at("user.id") == Value("7"));
    CHECK(full.json().at("user.username") == Value("ann"));
    CHECK(full.level() == "fatal");
    CHECK(full.json().at("fingerprint.1") == Value("two"));

    capture_message("next");
    const CapturedEvent next = last(client);
    CHECK_FALSE(next.has_context("extra"));
    CHECK_FALSE(next.has_context("command"));
    CHECK_FALSE(next.tag("kind"));
    CHECK(next.json().at("user.id") == Value("1"));
    CHECK(next.json().at("user.username").is_null());
    CHECK(next.level() == "info");
    CHECK(next.json().at("fingerprint").is_null());
  }

  TEST_CASE("a message is text with a level, info unless it is said") {  // T2
    const ScopedClient client;
    capture_message("deployed");
    capture_message("disk is nearly full", Level::warning);
    CHECK(has_captured(client, 1, with_message("deployed").and_level(Level::info)));
    CHECK(has_captured(client, 1, with_message("nearly full").and_level(Level::warning)));
    CHECK(last(client).json().at("logentry.formatted") == Value("disk is nearly full"));
    CHECK_FALSE(last(client).is_error());
  }

  TEST_CASE("every level arrives under its word, critical is fatal") {  // T3, S5.8
    const ScopedClient client;
    for (const std::string word : {"debug", "info", "warning", "error", "fatal", "critical"}) {
      CAPTURE(word);
      const auto level = parse_level(word);
      REQUIRE(level);
      capture_message(word, *level);
      const std::string expected = word == "critical" ? "fatal" : word;
      CHECK(has_captured(
          client, with_message(word).and_that("level " + expected, [&](const CapturedEvent& event) {
            return event.level() == expected;
          })));
      add_breadcrumb(word, {.level = *level});
    }
    capture_message("x");
    CHECK(last(client).json().at("breadcrumbs.values.5.level") == Value("fatal"));
  }

  TEST_CASE("a breadcrumb is a message, everything else has a default") {  // S5.8
    const ScopedClient client;
    add_breadcrumb("asked the shop");
    capture_message("x");
    const Value crumb = last(client).json().at("breadcrumbs.values.0");
    CHECK(crumb.at("message") == Value("asked the shop"));
    CHECK(crumb.at("category") == Value("default"));
    CHECK(crumb.at("level") == Value("info"));
    CHECK(crumb.at("type") == Value("default"));
    CHECK(crumb.at("timestamp") == Value("2026-01-01T00:00:00.000000Z"));
    CHECK(crumb.at("data").is_null());
  }

  TEST_CASE("five facts of mixed kinds arrive from one expression, ids as text") {  // S12.4
    const ScopedClient client;
    const std::string reason = "spam";
    capture_exception(std::runtime_error("ban failed"),
                      {.extra_context = {{"operation", "ban"},
                                         {"user_id", "123456789012345678"},
                                         {"group_size", 4200},
                                         {"moderator", true},
                                         {"reason", reason},
                                         {"share", 0.5},
                                         {"guild_id", nullptr}}});
    const CapturedEvent event = last(client);
    CHECK(event.has_context("extra", "operation", "ban"));
    CHECK(event.has_context("extra", "user_id", "123456789012345678"));
    CHECK(event.json().at("contexts.extra.user_id").as_text() != nullptr);
    CHECK(event.has_context("extra", "group_size", 4200));
    CHECK(event.has_context("extra", "moderator", true));
    CHECK(event.has_context("extra", "reason", "spam"));
    CHECK(event.has_context("extra", "share", 0.5));
    CHECK(event.has_context("extra", "guild_id", nullptr));
  }

  TEST_CASE("each good habit is one statement") {  // S11.1
    const ScopedClient client({.traces_sample_rate = 1.0});
    const std::runtime_error error("x");
    set_user({.id = "7"});
    add_breadcrumb("fetched the cases", {.category = "cases"});
    {
      const auto transaction = start_transaction({.op = "command", .name = "ban_user"});
      const auto span = start_span({.op = "database", .description = "fetch_user_cases"});
      capture_exception_safe(error, {.extra_context = {{"operation", "ban"}}});
      capture_database_error(error, {.operation = "create", .table = "users"});
      capture_api_error(error, {.endpoint = "/users", .status_code = 502});
    }
    CHECK(has_captured(client, 1,
                       testing::with_context("extra", "operation", "ban")
                           .and_user("7")
                           .and_breadcrumb("fetched the cases")));
    CHECK(has_captured(client, 1, with_tag("error.type", "database").and_user("7")));
    CHECK(has_captured(client, 1, with_tag("error.type", "api").and_user("7")));
    const auto transaction = client.captured().last_transaction();
    REQUIRE(transaction);
    CHECK(transaction->with_op("database").size() == 1);
    CHECK(transaction->json().at("user.id") == Value("7"));
  }

  TEST_CASE("objects of tracing take every call, chained, while off and unsampled") {  // T4, S6.8
    const auto use = [] {
      auto transaction = start_transaction({.op = "command", .name = "ban_user"});
      transaction.set_data("a", 1)
          .set_tag("b", "c")
          .set_status(SpanStatus::ok)
          .set_measurement("wait", 1.5, "millisecond");
      transaction.set_name("other");
      auto span = start_span({.op = "database", .description = "fetch"});
      span.set_data("rows", 3).set_tag("table", "users").set_status(SpanStatus::not_found);
      Span child = span.start_child({.op = "child"});
      child.set_data("deep", true).set_failed();
      child.finish();
      child.finish();
      const Span moved = std::move(span);
      transaction.finish();
    };
    REQUIRE_FALSE(is_initialized());
    use();
    const ScopedClient client({.traces_sample_rate = 0.0});
    use();
    CHECK(testing::has_captured_nothing(client));
    CHECK(client.diagnostics().empty());
  }
}

}  // namespace
}  // namespace picket
