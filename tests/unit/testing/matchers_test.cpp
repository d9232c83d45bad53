#include "picket/testing/matchers.hpp"

#include "picket/picket.hpp"
#include "picket/testing/doctest.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/program.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

namespace picket::testing {
namespace {

struct Timeout : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void capture_a_timeout() {
  add_breadcrumb("asked the shop");
  try {
    throw Timeout("after 30 s");
  } catch (const std::exception& error) {
    capture_exception(error, {.extra_context = {{"command", "ban"}, {"guild_id", nullptr}},
                              .tags = {{"kind", "net"}}});
  }
}

bool says(const MatchResult& match, const std::string& text) {
  return match.explanation.find(text) != std::string::npos;
}

TEST_SUITE("testing/matchers") {
  TEST_CASE("each condition is met by what has it and by nothing else") {  // S9.3
    const ScopedClient client;
    set_user({.id = "7"});
    capture_a_timeout();
    struct Row {
      std::string name;
      EventMatcher met;
      EventMatcher missed;
    };
    const auto is_short = [](const CapturedEvent& event) { return event.value().size() < 20; };
    const auto is_long = [](const CapturedEvent& event) { return event.value().size() >= 20; };
    const Row rows[] = {
        {"type", with_type("Timeout"), with_type("runtime_error")},
        {"message", with_message("30 s"), with_message("31 s")},
        {"level", with_level(Level::error), with_level(Level::fatal)},
        {"tag", with_tag("kind", "net"), with_tag("kind", "db")},
        {"context", with_context("extra"), with_context("database")},
        {"fact", with_context("extra", "command", "ban"), with_context("extra", "command", "b")},
        {"null", with_context("extra", "guild_id", nullptr), with_context("extra", "id", nullptr)},
        {"user", with_user("7"), with_user("8")},
        {"breadcrumb", with_breadcrumb("shop"), with_breadcrumb("bank")},
        {"own", EventMatcher().and_that("short", is_short), EventMatcher().and_that("", is_long)},
        {"all", with_type("Timeout").and_tag("kind", "net"),
         with_type("Timeout").and_tag("kind", "db")},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      CHECK(has_captured(client, row.met));
      CHECK_FALSE(has_captured(client, row.missed));
    }
    CHECK(has_captured(client, EventMatcher()));
  }

  TEST_CASE("a number of events is exact") {
    const ScopedClient client;
    CHECK(has_captured_nothing(client));
    CHECK(has_captured(client, 0, with_type("Timeout")));
    capture_a_timeout();
    capture_a_timeout();
    CHECK(has_captured(client, 2, with_type("Timeout")));
    CHECK_FALSE(has_captured(client, 1, with_type("Timeout")));
    CHECK_FALSE(has_captured(client, 3, with_type("Timeout")));
    CHECK_FALSE(has_captured_nothing(client));
    CHECK(has_captured(client.transport(), 2, with_type("Timeout")));
    CHECK(has_captured(client.captured(), 2, with_type("Timeout")));
  }

  TEST_CASE("an explanation names what was expected, what was found, and what is missing") {
    const ScopedClient client;
    capture_a_timeout();
    const MatchResult none = has_captured(client, with_type("Timeout").and_tag("kind", "db"));
    CHECK(says(none,
               "expected an event with type \"Timeout\", tag kind = \"db\", found 0 among 1 "
               "captured event\n"));
    CHECK(says(none, "[error] Timeout: after 30 s"));
    CHECK(says(none, "  kind = net\n"));
    CHECK(says(none, "  extra.command = \"ban\"\n"));
    CHECK(says(none, "  - asked the shop\n"));
    CHECK(says(none, "  (not: tag kind = \"db\")\n"));
    CHECK(says(has_captured(client, 3, with_type("Timeout")), "expected 3 events with"));
    CHECK(says(has_captured_nothing(client), "expected nothing, found 1 event and 0 transac"));
  }

  TEST_CASE("an explanation of ten thousand events is short") {
    std::vector<std::string> raw;
    for (int i = 0; i < 10'000; ++i) {
      raw.push_back("{}\n{\"type\":\"event\"}\n{\"logentry\":{\"formatted\":\"m" +
                    std::to_string(i) + "\"}}\n");
    }
    const MatchResult none = has_captured(Captured(raw), with_type("Timeout"));
    CHECK(none.explanation.size() < 5'000);
    CHECK(says(none, "9980 older events"));
    CHECK(says(none, "m9999"));
  }

  TEST_CASE("queries find by the facts of a context, and items of any type") {  // S9.1
    const ScopedClient client({.before_send = [](Event& event, Hint&) {
      return event.message.has_value() ? Verdict::drop : Verdict::keep;
    }});
    capture_message("dropped");
    capture_a_timeout();
    const Captured captured = client.captured();
    CHECK(captured.with_context("extra", "command", "ban").size() == 1);
    CHECK(captured.with_context("extra", "command", "kick").empty());
    CHECK(captured.payloads("session").empty());
    REQUIRE_FALSE(captured.payloads("client_report").empty());
    CHECK(captured.payloads("client_report")[0].at("discarded_events").as_list()->size() >= 1);
    CHECK(captured.reported("before_send", "error") == 1);
    REQUIRE(captured.raw().size() >= 1);
    CHECK(captured.raw().back().find("\"Timeout\"") != std::string::npos);
  }

  // Not part of a run: the case below has it fail.
  TEST_CASE("a check that fails" * doctest::skip()) {
    const ScopedClient client;
    capture_a_timeout();
    CHECK(has_captured(client, with_type("Timeout").and_tag("kind", "db")));
  }

  TEST_CASE("a check that fails prints the events, with doctest") {  // S9.3
    const auto end = tests::run_program(
        {"/proc/self/exe", "--no-skip", "--no-colors", "--test-case=a check that fails"});
    CAPTURE(end.output);
    CHECK(end.code == 1);
    CHECK(end.output.find("CHECK( has_captured(client,") != std::string::npos);
    CHECK(end.output.find("[error] Timeout: after 30 s") != std::string::npos);
    CHECK(end.output.find("(not: tag kind = \"db\")") != std::string::npos);
    CHECK(end.output.find("1 failed") != std::string::npos);
  }

#ifdef PICKET_GTEST_PROGRAM
  TEST_CASE("a check that fails prints the events, with GoogleTest") {  // S9.3
    const auto end =
        tests::run_program({PICKET_GTEST_PROGRAM, "--gtest_also_run_disabled_tests",
                            "--gtest_color=no", "--gtest_filter=*DISABLED_AndFailsWithTheEvents"});
    CAPTURE(end.output);
    CHECK(end.code == 1);
    CHECK(end.output.find("expected an event with type \"Timeout\"") != std::string::npos);
    CHECK(end.output.find("[error] Timeout: after 30 s") != std::string::npos);
    CHECK(end.output.find("(not: tag kind = \"db\")") != std::string::npos);
    CHECK(end.output.find("expected nothing, found 1 event") != std::string::npos);
  }
#endif
}

}  // namespace
}  // namespace picket::testing
