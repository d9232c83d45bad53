// Work in the background, between commands of people: neither knows anything of the other.

#include "driver/event_text.hpp"
#include "driver/expected.hpp"
#include "driver/json_path.hpp"
#include "driver/steps.hpp"
#include "driver/trace_tree.hpp"

namespace demo {

namespace {

// Of nobody's making.
const std::vector<Fact> kAlone{{"user", "absent"},
                               {"contexts/command", "absent"},
                               {"tags/command.name", "absent"},
                               {"tags/feature", "absent"}};

std::vector<Fact> alone(std::vector<Fact> facts) {
  facts.insert(facts.end(), kAlone.begin(), kAlone.end());
  return facts;
}

void check_healthy(Expected& expected, Checks& checks) {
  const auto& cleanup =
      expected.transaction("cleanup", {{"transaction", "cleanup"}, {"contexts/trace/status", "ok"}},
                           alone({{"contexts/trace/op", "task"},
                                  {"contexts/trace/data/deleted_records", "42"},
                                  {"transaction_info/source", "task"}}));
  checks.equal(
      "its breadcrumbs",
      std::string("cleanup started, delete on cases, cleanup finished, deleted_records: 42"),
      breadcrumbs_of(cleanup));
}

void check_failing(Expected& expected, Checks& checks) {
  const auto& event =
      expected.event("cleanup without a cache", alone({{"exception/values/-1/type", "CacheError"},
                                                       {"contexts/extra/task", "cleanup"},
                                                       {"tags/error.captured_safely", "true"},
                                                       {"transaction", "cleanup"}}));
  checks.equal("its breadcrumbs", std::string("cleanup started, delete on cases"),
               breadcrumbs_of(event));
  expected.transaction("its transaction",
                       {{"transaction", "cleanup"}, {"contexts/trace/status", "internal_error"}},
                       alone({{"contexts/trace/op", "task"},
                              {"contexts/trace/trace_id", trace_id_of(event)},
                              {"contexts/trace/data/deleted_records", "absent"}}));
}

}  // namespace

void background_task(Stage& stage) {
  const Run run = stage.run({"@4 small !note water the plants", "%cleanup",
                             "@4 small !fail Timeout", "%break cache", "%cleanup"},
                            {"--traces-sample-rate", "1", "--expired-cases", "42"});
  Checks& checks = stage.checks();
  checks.equal("what the first says", std::string("cleanup: deleted 42 records"),
               run.replies.at(1));
  checks.equal("what the second says", std::string("cleanup failed"), run.replies.at(4));
  Expected expected(checks, run.arrivals);
  const auto& event = expected.event("a command's failure between them",
                                     {{"exception/values/-1/type", "Timeout"}, {"user/id", "4"}});
  checks.equal(
      "its breadcrumbs",
      std::string("bot::db::Pool: open done, bot::Cache: connect done, bot::Modules: load done, "
                  "water the plants, !fail"),
      breadcrumbs_of(event));
  for (const char* name : {"note", "fail"}) {
    expected.transaction("a command", {{"transaction", name}}, {{"user/id", "4"}});
  }
  check_healthy(expected, checks);
  check_failing(expected, checks);
  expected.absorbed(1);
  expected.nothing_else();
}

}  // namespace demo
