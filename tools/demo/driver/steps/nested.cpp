// The error that passes through every layer: thrown deep below its command, wrapped twice, captured
// where it is best known and twice more on its way out.

#include "driver/build_id.hpp"
#include "driver/event_text.hpp"
#include "driver/expected.hpp"
#include "driver/json_path.hpp"
#include "driver/steps.hpp"
#include "driver/trace_tree.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace demo {

namespace {

/// The last `count` names, joined.
std::string newest(std::vector<std::string> names, std::size_t count) {
  const std::size_t skip = names.size() - std::min(count, names.size());
  names.erase(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(skip));
  return fmt::format("{}", fmt::join(names, "\n"));
}

std::string build_id_of_bot(const picket::Value& event) {
  for (std::size_t i = 0; i < size_at(event, "debug_meta/images"); ++i) {
    const std::string image = fmt::format("debug_meta/images/{}/", i);
    if (text_at(event, image + "code_file").ends_with("picket-bot")) {
      return text_at(event, image + "code_id");
    }
  }
  return "absent";
}

/// The error belongs to the span it was captured in, and so to its transaction.
void check_trace(Expected& expected, const picket::Value& event) {
  const auto& command =
      expected.transaction("its transaction", {{"transaction", "fetch_cases"}},
                           {{"contexts/trace/op", "command"},
                            {"contexts/trace/status", "internal_error"},
                            {"contexts/trace/data/error.type", "bot::db::QueryError"},
                            {"contexts/trace/trace_id", trace_id_of(event)},
                            {"user/id", "3"},
                            {"contexts/command/command", "fetch_cases"}});
  expected.facts("the span of the error", span_of(command, "database", "fetch_user_cases"),
                 {{"span_id", text_at(event, "contexts/trace/span_id")},
                  {"status", "internal_error"},
                  {"data/case_count", "absent"}});
}

}  // namespace

void dead_database(Stage& stage) {
  const Run run = stage.run({"@3 large !fetch_cases 300000000000000001"},
                            {"--break", "database", "--busy-timeout", "50", "--query-wait", "1",
                             "--release", "v1.0.0", "--traces-sample-rate", "1"});
  Checks& checks = stage.checks();
  Expected expected(checks, run.arrivals);
  const auto& event = expected.event(
      "three captures, one event",
      {{"exception/values/2/type", "QueryError"},
       {"exception/values/2/value", "fetch on table cases failed for person 3"},
       {"exception/values/1/type", "LockedError"},
       {"exception/values/1/value", "another connection holds the database"},
       {"exception/values/0/type", "DriverError"},
       {"exception/values/0/value", "database is locked (sqlite code 5)"},
       {"exception/values/0/module", "bot::db"},
       {"exception/values/2/mechanism/exception_id", "0"},
       {"exception/values/1/mechanism/parent_id", "0"},
       {"exception/values/0/mechanism/parent_id", "1"},
       {"tags/error.type", "database"},
       {"contexts/database/error_type", "QueryError"},
       {"contexts/database/error_message", "fetch on table cases failed for person 3"},
       {"contexts/database/operation", "fetch"},
       {"contexts/database/table", "cases"},
       {"contexts/database/pool_size", "1"},
       {"contexts/database/active_connections", "1"},
       {"contexts/database/query_count", "3"},
       {"transaction", "fetch_cases"},
       {"user/id", "3"},
       {"contexts/command/command", "fetch_cases"}});
  checks.equal("own frames, oldest first",
               std::string("bot::commands::fetch_cases\nbot::CaseService::history\n"
                           "bot::CaseRepository::find_by_user\nbot::db::run"),
               newest(own_frames(event), 4));
  checks.equal(
      "breadcrumbs in order",
      std::string("bot::db::Pool: open done, bot::Cache: connect done, bot::Modules: load done, "
                  "!fetch_cases, fetch on cases, fetch on cases, fetch on cases"),
      breadcrumbs_of(event));
  checks.equal("build id of the bot", build_id_of(stage.places().bot), build_id_of_bot(event));
  checks.equal("reply", "something went wrong, error id " + text_at(event, "event_id"),
               run.replies.at(0));
  check_trace(expected, event);
  expected.absorbed(2);
  expected.nothing_else();
}

}  // namespace demo
