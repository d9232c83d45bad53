// The same key figures three times: as the bot's own command tells them, as the bot exports them,
// and as the server makes them of what it received. Nothing is sampled, so they have to be equal.

#include "driver/expected.hpp"
#include "driver/json_path.hpp"
#include "driver/report.hpp"
#include "driver/steps.hpp"
#include "picket/json.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace demo {

namespace {

// The bot's percentiles are those of a histogram.
constexpr double kTolerance = 0.021;

// Time passes in `slow` and with `%advance` alone; the last lines are of the last minute.
const std::vector<std::string> kScript{
    "@1 large !fail Timeout 3",
    "@2 small !fail DatabaseError 2",
    "@3 - !fail ApiError 1",
    "@4 large !slow 0.25",
    "%advance 90",
    "@5 large !ping",
    "@1 large !fail Timeout",
    "@6 small !fail Logic",
    "@7 small !fetch_cases 300000000000000001",
    "@7 small !fetch_cases 300000000000000002",
    "@8 large !appeals",
    "@3 large !ban_user abc",
    "@9 small !search hello",
    "@9 small !search dragons",
    "@9 small !search parcel",
    "@10 - !slow 1",
    "@11 - !slow 2",
    "@12 - !slow 0.5",
    "%db_errors 3",
};

picket::Value figures_in(const std::string& file) {
  std::ifstream stream(file);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  const auto stats = picket::parse_json(text);
  if (!stats) throw std::runtime_error("the bot exported no figures");
  return stats->at("figures");
}

std::size_t leaves(const picket::Value& document) {
  const auto* object = document.as_object();
  if (object == nullptr) return 1;
  std::size_t count = 0;
  for (const auto& [key, value] : *object) count += leaves(value);
  return count;
}

double number_at(const picket::Value& figures, std::string_view path) {
  return value_at(figures, path).number_or(0);
}

/// What the command `stats` says; its own run is not over by then.
std::vector<std::string> lines_from(const picket::Value& figures) {
  const double ok = number_at(figures, "all_commands/ok/total") - 1;
  const double failed = number_at(figures, "all_commands/failed/total");
  return {
      fmt::format("errors: {} in the last minute, {} in the last hour, {} in all, {} users",
                  number_at(figures, "errors/last_minute"), number_at(figures, "errors/last_hour"),
                  number_at(figures, "errors/total"), number_at(figures, "affected_users")),
      fmt::format("commands: {} ok, {} failed, {} user errors, {:.2f} of them fail", ok, failed,
                  number_at(figures, "all_commands/user_errors/total"), failed / (ok + failed)),
      fmt::format("database: {} errors", number_at(figures, "database_errors/total"))};
}

void check_numbers(Checks& checks, const picket::Value& figures) {
  const std::vector<Fact> known{{"errors/total", "13"},
                                {"errors/last_minute", "7"},
                                {"errors/last_hour", "13"},
                                {"database_errors/total", "6"},
                                {"commands/slow/timing/count", "4"},
                                {"all_commands/user_errors/total", "2"},
                                {"all_commands/failed/total", "4"}};
  for (const Fact& fact : known) {
    checks.equal(fact.path, fact.text, text_at(figures, fact.path));
  }
}

}  // namespace

void figures_agree(Stage& stage) {
  Checks& checks = stage.checks();
  const std::string file = stage.places().folder + "/figures.json";
  Ingest ingest(stage.places(), {}, {.report_until = "+0"});
  Chat chat(stage.places(), {"--dsn", ingest.dsn()});
  Bot bot(stage.places(), {"--dsn", ingest.dsn(), "--chat", chat.url(), "--stats-file", file,
                           "--manual-clock", "--traces-sample-rate", "1", "--threads", "1"});
  for (const std::string& line : kScript) bot.ask(line);
  bot.ask("@1 large !stats");
  bot.finish();
  chat.stop();
  const Arrivals arrivals = ingest.stop();
  stage.keep(arrivals);

  const picket::Value own = figures_in(file);
  const picket::Value seen = ingest.report().at("figures");
  check_numbers(checks, seen);
  const auto found = differences(own, seen, kTolerance);
  checks.equal("export against server, member by member", std::string("equal"),
               found.empty() ? "equal" : fmt::format("{}", fmt::join(found, "\n")));
  const std::vector<std::string> replies = bot.replies();
  for (const std::string& line : lines_from(seen)) {
    checks.holds("the command's reply", line, "not among its lines",
                 std::ranges::count(replies, line) == 1);
  }
  checks.tell(fmt::format("{} errors, {} commands, {} figures compared, {} differ",
                          number_at(seen, "errors/total"),
                          number_at(seen, "all_commands/timing/count"), leaves(own), found.size()));
  Expected expected(checks, arrivals);
  expected.take_events();
  expected.take_transactions();
  expected.take_losses("error event_processor");
  expected.nothing_else();
}

}  // namespace demo
