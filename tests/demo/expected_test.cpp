#include "driver/expected.hpp"

#include "driver/arrivals.hpp"
#include "driver/checks.hpp"

#include <string>

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("demo/expected");

namespace {

constexpr const char* kEvent =
    R"({"verdict":"accepted","findings":[],"items":[{"type":"event","payload":)"
    R"({"tags":{"a":"1"},"exception":{"values":[{"type":"Timeout","value":"late"}]}}}]})";
constexpr const char* kTransaction =
    R"({"verdict":"accepted","findings":[],"items":[{"type":"transaction","payload":)"
    R"({"transaction":"ping","contexts":{"trace":{"op":"command","status":"ok"}}}}]})";
constexpr const char* kReport =
    R"({"verdict":"accepted","findings":[],"items":[{"type":"client_report","payload":)"
    R"({"discarded_events":[{"reason":"queue_overflow","category":"error","quantity":3},)"
    R"({"reason":"queue_overflow","category":"error","quantity":4}]}}]})";

}  // namespace

TEST_CASE("what arrives as expected leaves no fault") {
  const auto arrivals = demo::read_arrivals({kEvent, kReport});
  demo::Checks checks;
  demo::Expected expected(checks, arrivals);

  expected.event("the event", {{"exception/values/-1/type", "Timeout"}, {"tags/a", "1"}});
  expected.dropped("error queue_overflow", 7);
  expected.nothing_else();

  CHECK(checks.all().size() == 3);
  CHECK(checks.failures() == 0);
}

TEST_CASE("an event that nobody expects is a fault") {
  const auto arrivals = demo::read_arrivals({kEvent});
  demo::Checks checks;

  demo::Expected(checks, arrivals).nothing_else();

  REQUIRE(checks.failures() == 1);
  CHECK(checks.all()[0].seen == "event Timeout: late");
}

TEST_CASE("a transaction is found by its marks, whatever came before it") {
  const std::string other = R"({"verdict":"accepted","items":[{"type":"transaction","payload":)"
                            R"({"transaction":"note"}}]})";
  const auto arrivals = demo::read_arrivals({other, kTransaction});
  demo::Checks checks;
  demo::Expected expected(checks, arrivals);

  expected.transaction("the ping", {{"transaction", "ping"}}, {{"contexts/trace/status", "ok"}});
  expected.transaction("the note", {{"transaction", "note"}}, {});
  expected.nothing_else();

  CHECK(checks.failures() == 0);
}

TEST_CASE("each transaction is taken once") {
  const auto arrivals = demo::read_arrivals({kTransaction});
  demo::Checks checks;
  demo::Expected expected(checks, arrivals);

  expected.transaction("one", {{"transaction", "ping"}}, {});
  expected.transaction("two", {{"transaction", "ping"}}, {});

  REQUIRE(checks.failures() == 1);
  CHECK(checks.all()[1].seen == "no such transaction");
}

TEST_CASE("a transaction with another fact, and one that nobody expects, are faults") {
  const auto arrivals = demo::read_arrivals({kTransaction, kTransaction});
  demo::Checks checks;
  demo::Expected expected(checks, arrivals);

  expected.transaction("one", {{"transaction", "ping"}},
                       {{"contexts/trace/status", "internal_error"}});
  expected.nothing_else();

  REQUIRE(checks.failures() == 2);
  CHECK(checks.all()[1].seen == "transaction command ping");
}

TEST_CASE("a loss that nobody expects is a fault") {
  const auto arrivals = demo::read_arrivals({kReport});
  demo::Checks checks;

  demo::Expected(checks, arrivals).nothing_else();

  CHECK(checks.failures() == 1);
}

TEST_CASE("an expected event that does not come is a fault") {
  const auto arrivals = demo::read_arrivals({});
  demo::Checks checks;

  demo::Expected(checks, arrivals).event("the event", {{"tags/a", "1"}});

  REQUIRE(checks.failures() == 1);
  CHECK(checks.all()[0].seen == "no further event");
}

TEST_CASE("an event with another fact is a fault") {
  const auto arrivals = demo::read_arrivals({kEvent});
  demo::Checks checks;

  demo::Expected(checks, arrivals).event("the event", {{"tags/a", "2"}});

  CHECK(checks.failures() == 1);
}

TEST_CASE("a double, an unknown item and a broken rule of the protocol are faults") {
  for (const char* document :
       {R"({"verdict":"accepted","items":[{"type":"event","payload":{},"duplicate":true}]})",
        R"({"verdict":"accepted","items":[{"type":"session","payload":{}}]})",
        R"({"verdict":"accepted","findings":[{"text":"bad level"}],"items":[]})",
        R"({"verdict":"rejected","reason":"no auth","items":[]})"}) {
    CAPTURE(document);
    const auto arrivals = demo::read_arrivals({document});
    demo::Checks checks;

    demo::Expected(checks, arrivals).nothing_else();

    CHECK(checks.failures() == 1);
  }
}

TEST_CASE("an event is found by its marks, and taken once") {
  const std::string other = R"({"verdict":"accepted","items":[{"type":"event","payload":)"
                            R"({"tags":{"a":"2"}}}]})";
  const auto arrivals = demo::read_arrivals({other, kEvent});
  demo::Checks checks;
  demo::Expected expected(checks, arrivals);

  expected.event_with("the second", {{"tags/a", "1"}}, {{"exception/values/-1/type", "Timeout"}});
  expected.event("the first", {{"tags/a", "2"}});
  expected.nothing_else();
  CHECK(checks.failures() == 0);

  expected.event_with("the second again", {{"tags/a", "1"}}, {});
  REQUIRE(checks.failures() == 1);
  CHECK(checks.all().back().seen == "no such event");
}

TEST_CASE("a remark of the server is a fault unless it is expected, and when it does not come") {
  const char* document =
      R"({"verdict":"accepted","findings":[{"text":"item 0: holds a query"}],"items":[]})";
  const auto arrivals = demo::read_arrivals({document});
  demo::Checks checks;
  demo::Expected(checks, arrivals).nothing_else();
  CHECK(checks.failures() == 1);

  demo::Checks better;
  demo::Expected expected(better, arrivals);
  expected.remark("holds a query");
  expected.nothing_else();
  CHECK(better.failures() == 0);

  demo::Checks none;
  const demo::Arrivals nothing;
  demo::Expected(none, nothing).remark("holds a query");
  CHECK(none.failures() == 1);
}

TEST_CASE("metrics of work are counted by name, those of nobody's making are a fault") {
  const auto arrivals = demo::read_arrivals(
      {R"({"verdict":"accepted","items":[{"type":"trace_metric","payload":{"items":[)"
       R"({"name":"bot.command.usage"},{"name":"bot.command.usage"},{"name":"bot.mood"}]}}]})"});
  demo::Checks checks;

  demo::Expected(checks, arrivals).nothing_else();

  CHECK(arrivals.metrics.at("bot.command.usage") == 2);
  REQUIRE(checks.failures() == 1);
  CHECK(checks.all()[0].seen == "metric bot.mood");
}

TEST_CASE("what arrived is summed up in a few words") {
  CHECK(demo::summary_of(demo::read_arrivals({kEvent, kTransaction, kReport})) ==
        "1 error, 1 transaction, dropped 7 (error queue_overflow)");
  CHECK(demo::summary_of({}) == "nothing");
}

TEST_CASE("a request that a fault turned away is counted, not taken in") {
  const auto arrivals =
      demo::read_arrivals({R"({"verdict":"refused","items":[{"type":"event","payload":{}}]})"});

  CHECK(arrivals.refused == 1);
  CHECK(arrivals.requests == 1);
  CHECK(arrivals.events.empty());
}

TEST_SUITE_END();
