// Three things get out of hand and calm down again. The bot notices by itself, the server from what
// it received; both have to say the same. The bot's clock stands still until a line moves it.

#include "driver/expected.hpp"
#include "driver/report.hpp"
#include "driver/steps.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace demo {

namespace {

constexpr const char* kWanted =
    "raised database_errors infrastructure > 5\n"
    "raised high_error_rate team > 10\n"
    "raised slow_command developers > 5 slow\n"
    "recovered database_errors infrastructure > 5\n"
    "recovered high_error_rate team > 10\n"
    "recovered slow_command developers > 5";

/// Without the command, which only some tell when it is over.
std::vector<Alert> comparable(std::vector<Alert> alerts) {
  for (Alert& alert : alerts) {
    if (!alert.is_raised) alert.command.clear();
  }
  return alerts;
}

/// Says `line`, moves the clock a bit so that the bot looks at its figures, and waits until it says
/// what it thinks of them.
void provoke(Bot& bot, Checks& checks, const char* line, const char* alert) {
  bot.ask(line);
  bot.ask("%advance 1.5");
  checks.equal(fmt::format("'{}' is noticed", line), true,
               bot.wait_for_log(fmt::format("alert raised {}", alert)));
}

std::string values_of(const std::vector<Alert>& alerts) {
  std::string text;
  for (const Alert& alert : alerts) {
    if (!alert.is_raised) continue;
    text += fmt::format("{}{} {} > {}", text.empty() ? "" : ", ",
                        alert.rule.substr(0, alert.rule.find(' ')), alert.value, alert.threshold);
  }
  return text;
}

void check_view(Checks& checks, const std::string& whose, const std::vector<Alert>& alerts) {
  checks.equal(whose + ": rule, audience, limit", std::string(kWanted),
               to_text(comparable(alerts)));
  checks.equal(whose + ": values on the right side of it", alerts.size(),
               static_cast<std::size_t>(std::ranges::count_if(alerts, &Alert::is_plausible)));
}

}  // namespace

void alerts_agree(Stage& stage) {
  Checks& checks = stage.checks();
  Ingest ingest(stage.places(), {}, {.report_until = "+120"});
  Bot bot(stage.places(), {"--dsn", ingest.dsn(), "--alerts", "--manual-clock", "--threads", "1"});
  provoke(bot, checks, "@3 large !fail Timeout 11", "high_error_rate");
  provoke(bot, checks, "@4 large !slow 6", "slow_command");
  provoke(bot, checks, "%db_errors 6", "database_errors");
  bot.ask("%advance 61");
  for (const char* rule : {"high_error_rate", "slow_command", "database_errors"}) {
    checks.equal(fmt::format("{} is over", rule), true,
                 bot.wait_for_log(fmt::format("alert recovered {}", rule)));
  }
  bot.finish();
  const Arrivals arrivals = ingest.stop();
  stage.keep(arrivals);

  const auto seen = alerts_of(ingest.report());
  check_view(checks, "bot", alerts_in(bot.log()));
  check_view(checks, "server", seen);
  checks.tell("bot and server: " + values_of(seen));
  stage.show(section_of(ingest.report_text(), "alerts"));

  Expected expected(checks, arrivals);
  for (int i = 0; i < 11; ++i) {
    expected.event("a timeout", {{"exception/values/-1/type", "Timeout"}, {"user/id", "3"}});
  }
  for (int i = 0; i < 6; ++i) {
    expected.event("a database error", {{"exception/values/-1/type", "DatabaseError"},
                                        {"tags/error.type", "database"},
                                        {"user", "absent"}});
  }
  expected.nothing_else();
}

}  // namespace demo
