// A database that is locked for a while: the command waits and tries again, and only its trace
// tells.

#include "driver/expected.hpp"
#include "driver/json_path.hpp"
#include "driver/steps.hpp"
#include "driver/trace_tree.hpp"

#include <cstddef>

#include <fmt/format.h>

namespace demo {

namespace {

void check_attempt(Expected& expected, const picket::Value& span, std::size_t number, bool is_ok) {
  expected.facts(fmt::format("attempt {}", number), span,
                 {{"data/db.system", "sqlite"},
                  {"data/db.service", "cases"},
                  {"data/db.operation", "fetch"},
                  {"data/db.attempt", fmt::format("{}", number)},
                  {"data/db.retry_count", fmt::format("{}", number - 1)},
                  {"data/error.type", is_ok ? "absent" : "bot::db::QueryError"},
                  {"status", is_ok ? "ok" : "internal_error"}});
}

}  // namespace

void transient_failures(Stage& stage) {
  constexpr std::size_t kAttempts = 3;
  const Run run = stage.run({"@3 large !fetch_cases 300000000000000001"},
                            {"--traces-sample-rate", "1", "--break", "database", "--repair-after",
                             "2", "--busy-timeout", "10", "--query-wait", "1"});
  Checks& checks = stage.checks();
  checks.equal("reply",
               std::string("300000000000000001: 2 cases: warning (shouting) warning (more "
                           "shouting)"),
               run.replies.at(0));
  Expected expected(checks, run.arrivals);
  const auto& command = expected.transaction("the command", {{"transaction", "fetch_cases"}},
                                             {{"contexts/trace/op", "command"},
                                              {"contexts/trace/status", "ok"},
                                              {"user/id", "3"},
                                              {"contexts/database/query_count", "3"}});
  const auto spans = spans_of(command, "db.query");
  checks.equal("attempts", kAttempts, spans.size());
  const auto& query = span_of(command, "database", "fetch_user_cases");
  expected.facts("the span around them", query, {{"status", "ok"}, {"data/case_count", "2"}});
  for (std::size_t i = 0; i < spans.size(); ++i) {
    check_attempt(expected, spans[i], i + 1, i + 1 == kAttempts);
    checks.equal("it stands in that span", text_at(query, "span_id"),
                 text_at(spans[i], "parent_span_id"));
    const double ms = value_at(spans[i], "data/db.duration_ms").number_or(-1);
    checks.holds("its time", i + 1 == kAttempts ? "some" : "10 ms at least",
                 fmt::format("{:.2f} ms", ms), ms >= (i + 1 == kAttempts ? 0 : 10));
  }
  expected.nothing_else();
}

}  // namespace demo
