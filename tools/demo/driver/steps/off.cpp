// Steps about monitoring that is off, badly set, or set on purpose.

#include "driver/expected.hpp"
#include "driver/steps.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace demo {

namespace {

/// Every command once, with mistakes and failures among them.
const std::vector<std::string> kWholeScript{
    "# a conversation",
    "@1 large !ping",
    "@3 large !ban_user 123456789012345678 spam",
    "@3 large !fetch_cases 123456789012345678",
    "@3 large !ban_user 123456789012345678 again",
    "@2 large !ban_user 5 spam",
    "@3 small !ban_user abc spam",
    "@4 small !note remember the milk",
    "@5 small !reload fun",
    "@5 small !reload admin",
    "@5 small !reload missing",
    "@6 - !setup",
    "@7 large !appeals",
    "@8 - !fail Timeout",
    "@8 large !fail Logic",
    "@9 large !scratch",
    "@10 large !dance",
    "@99 large !ping",
};

constexpr std::size_t kKnownCommands = 15;  // commands of the above that there are
constexpr std::size_t kFailures = 7;        // of these fail
constexpr std::size_t kRepeated = 11;       // captures of them on their way out
constexpr std::size_t kCapturedBefore = 1;  // what `scratch` survives is captured, but not told

std::vector<std::string> comparable(const Run& run) {
  std::vector<std::string> replies;
  for (const std::string& reply : run.replies) replies.push_back(without_error_id(reply));
  return replies;
}

}  // namespace

void no_dsn(Stage& stage) {
  Checks& checks = stage.checks();
  const std::vector<std::string> flags{"--traces-sample-rate", "1"};
  const Run off = stage.run_unmonitored(kWholeScript, flags);
  const Run on = stage.run(kWholeScript, flags);

  checks.equal("exit code, off and on", fmt::format("{}", on.exit_code),
               fmt::format("{}", off.exit_code));
  checks.equal("replies", std::size_t{17}, off.replies.size());
  checks.holds("replies but for error ids", "equal, off and on",
               comparable(off) == comparable(on) ? "equal, off and on" : "different",
               comparable(off) == comparable(on));
  checks.equal("info lines of picket at the start", 1U, off.log_count("no DSN"));
  checks.equal("local error lines, off", kFailures, off.log_count("bot error: "));
  checks.equal("local error lines, on", 0U, on.log_count("bot error: "));

  Expected expected(checks, on.arrivals);
  checks.equal("events, on", kFailures + kCapturedBefore, on.arrivals.events.size());
  expected.take_events();
  checks.equal("transactions, on", kKnownCommands, on.arrivals.transactions.size());
  expected.take_transactions();
  expected.absorbed(kRepeated);
  expected.nothing_else();

  Bot bot(stage.places(), {});
  bot.ask("@8 large !fail Timeout");
  checks.equal("open sockets, off", 0U, bot.child().socket_count());
  bot.finish();  // in peace, so that it takes its temporary database with it
}

void broken_dsn(Stage& stage) {
  Checks& checks = stage.checks();
  constexpr const char* kKey = "verysecretkey";
  Ingest ingest(stage.places());
  Bot bot(stage.places(), {"--dsn", fmt::format("http://{}@127.0.0.1:{}/", kKey, ingest.port())});
  bot.ask("@8 large !fail Timeout");
  checks.equal("the bot works", std::string("pong"), bot.ask("@1 large !ping"));
  checks.equal("exit code", 0, bot.finish());

  const auto log = bot.log();
  const auto holding = [&](std::string_view text) {
    return std::ranges::count_if(log, [&](const std::string& line) {
      return line.find("picket") != std::string::npos && line.find(text) != std::string::npos;
    });
  };
  checks.equal("lines that name the fault", 1, holding("project"));
  checks.equal("lines that show the key", 0, holding(kKey));
  checks.equal("requests", 0U, ingest.stop().requests);
}

void configured(Stage& stage) {
  const Run run =
      stage.run({"@8 large !fail Timeout"}, {"--environment", "development", "--release", "v1.0.0",
                                             "--debug", "--traces-sample-rate", "1"});
  Checks& checks = stage.checks();
  Expected expected(checks, run.arrivals);
  expected.event("the event", {{"environment", "development"}, {"release", "v1.0.0"}});
  expected.transaction("the transaction", {{"transaction", "fail"}},
                       {{"environment", "development"}, {"release", "v1.0.0"}});
  expected.absorbed(1);
  expected.nothing_else();
  checks.holds("debug lines about options", "at least 1",
               fmt::format("{}", run.log_count("development")), run.log_count("development") >= 1);
}

}  // namespace demo
