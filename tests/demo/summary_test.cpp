#include "driver/summary.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("demo/summary");

namespace {

demo::Step step(const char* id, const char* expected) {
  return {.id = id, .what = "", .expected = expected, .is_quick = true, .play = nullptr};
}

}  // namespace

TEST_CASE("a step is a row: what was expected, what was seen, and how many checks agree") {
  demo::Checks checks;
  checks.begin("A");
  checks.equal("one", 1, 1);
  checks.equal("two", 2, 2);
  checks.begin("B");
  checks.equal("three", 3, 4);
  checks.equal("four", 4, 4);
  checks.tell("three was four");
  demo::Arrivals arrivals;
  arrivals.transactions.resize(2);

  CHECK(demo::summary_table({step("A", "two pings"), step("B", "three")}, checks,
                            {{"A", arrivals}}) ==
        "step  expected   seen            verdict\n"
        "────  ─────────  ──────────────  ─────────────\n"
        "A     two pings  2 transactions  ok, 2 checks\n"
        "B     three      three was four  WRONG, 1 of 2\n");
}

TEST_CASE("a step that checked nothing is wrong") {
  const demo::Checks checks;

  CHECK(demo::verdict_of("A", checks) == "WRONG, no check");
}

TEST_CASE("what arrived is summed up over the runs of a step") {
  demo::Arrivals first;
  first.events.resize(1);
  first.discarded["error before_send"] = 1;
  demo::Arrivals second;
  second.discarded["error before_send"] = 2;
  demo::Checks checks;

  const std::string table =
      demo::summary_table({step("A", "x")}, checks, {{"A", first}, {"A", second}});

  CHECK(table.find("1 error, dropped 3 (error before_send)") != std::string::npos);
}

TEST_CASE("failures stand alone in full") {
  demo::Checks checks;
  checks.begin("A");
  checks.equal("fine", 1, 1);
  checks.equal("broken", 1, 2);

  const std::string table = checks.failures_to_text();

  CHECK(table.find("broken") != std::string::npos);
  CHECK(table.find("fine") == std::string::npos);
}

TEST_SUITE_END();
