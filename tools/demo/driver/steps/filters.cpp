// Two ways to keep quiet: filters for what is no news, and a limit for what repeats itself.

#include "driver/expected.hpp"
#include "driver/json_path.hpp"
#include "driver/steps.hpp"

#include <fmt/format.h>

namespace demo {

namespace {

constexpr std::size_t kBurst = 500;
constexpr std::size_t kLimit = 5;

}  // namespace

void filters_on(Stage& stage) {
  // With a number, a failure is captured once and the command survives it.
  const Run run = stage.run(
      {"@3 large !fail ValidationError 1", "@3 large !fail BadArgument 1",
       "%say warning Rate Limit hit", "%say info all is well", "@3 large !fail Timeout 1"},
      {"--filters"});
  Expected expected(stage.checks(), run.arrivals);
  expected.event("a message about something else",
                 {{"logentry/formatted", "all is well"}, {"level", "info"}});
  expected.event("the normal error",
                 {{"exception/values/-1/type", "Timeout"}, {"tags/command.name", "fail"}});
  expected.dropped("error before_send", 3);
  expected.nothing_else();
}

void error_limit(Stage& stage) {
  Checks& checks = stage.checks();
  const Run run =
      stage.run({fmt::format("@3 large !fail Timeout {}", kBurst), "@3 large !fail Logic 1",
                 "%advance 60", "@3 large !fail Timeout 1"},
                {"--error-limit", fmt::format("{}", kLimit), "--manual-clock", "--debug"});
  Expected expected(checks, run.arrivals);
  for (std::size_t i = 1; i <= kLimit; ++i) {
    expected.event_with(fmt::format("number {} of the burst", i),
                        {{"exception/values/-1/type", "Timeout"}, {"contexts/picket", "absent"}},
                        {{"user/id", "3"}});
  }
  expected.event_with("another type passes", {{"exception/values/-1/type", "logic_error"}},
                      {{"contexts/picket", "absent"}});
  expected.event_with("the first of the next minute", {{"exception/values/-1/type", "Timeout"}},
                      {{"contexts/picket/suppressed", fmt::format("{}", kBurst - kLimit)}});
  expected.dropped("error event_processor", kBurst - kLimit);
  expected.nothing_else();
  checks.equal("hints that this is a loop", 1U, run.log_count("more than 20 times in a second"));
}

}  // namespace demo
