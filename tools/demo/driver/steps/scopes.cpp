// Steps about what belongs to which event.

#include "driver/expected.hpp"
#include "driver/json_path.hpp"
#include "driver/steps.hpp"

#include <fmt/format.h>

namespace demo {

void breadcrumb_cap(Stage& stage) {
  std::vector<std::string> lines;
  for (int i = 1; i <= 120; ++i) lines.push_back(fmt::format("@4 small !note number {}", i));
  lines.emplace_back("@4 small !fail Timeout");
  lines.emplace_back("@5 small !fail Timeout");
  const Run run = stage.run(lines, {"--max-breadcrumbs", "50"});

  Checks& checks = stage.checks();
  Expected expected(checks, run.arrivals);
  const auto& event = expected.event("the failure after 120 notes", {{"user/id", "4"}});
  checks.equal("breadcrumbs", 50U, size_at(event, "breadcrumbs/values"));
  std::size_t in_order = 0;
  for (int i = 0; i < 49; ++i) {
    const auto message = text_at(event, fmt::format("breadcrumbs/values/{}/message", i));
    in_order += message == fmt::format("number {}", 72 + i) ? 1 : 0;
  }
  checks.equal("notes 72 to 120 in order, then the command", 49U, in_order);
  const auto& other = expected.event(
      "another person's failure", {{"user/id", "5"}, {"breadcrumbs/values/-1/message", "!fail"}});
  checks.equal("breadcrumbs there: the start, the command", 4U,
               size_at(other, "breadcrumbs/values"));
  expected.absorbed(2);
  expected.nothing_else();
}

void temporary_scope(Stage& stage) {
  const Run run = stage.run({"@9 large !scratch"});
  Expected expected(stage.checks(), run.arrivals);
  expected.event("inside the temporary scope",
                 {{"exception/values/-1/value", "inner failure of person 9"},
                  {"tags/scratch", "temporary"},
                  {"contexts/scratch/left_by", "exception"}});
  expected.event("after an exception left it",
                 {{"exception/values/-1/value", "outer failure of person 9"},
                  {"tags/scratch", "absent"},
                  {"contexts/scratch", "absent"},
                  {"tags/command.name", "scratch"}});
  expected.absorbed(1);
  expected.nothing_else();
}

}  // namespace demo
