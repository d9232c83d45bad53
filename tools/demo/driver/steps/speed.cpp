// What monitoring costs the service: the same lines without it, with it, and with a server that
// does not answer. The times are there to be read; only what no machine explains is a fault.

#include "driver/steps.hpp"
#include "picket/clock.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace demo {

namespace {

using Seconds = std::chrono::duration<double>;

constexpr std::size_t kRounds = 150;
constexpr double kAtWorst = 20;  // times as long, and a second
constexpr const char* kRound[] = {"@1 large !ping",           "@3 small !fetch_cases {}",
                                  "@4 small !note number {}", "@5 large !ban_user abc",
                                  "@6 large !appeals",        "@8 - !fail Timeout"};
constexpr std::size_t kLines = kRounds * std::size(kRound);

/// From the first line to the last reply; start and end of the program are not counted.
Seconds time_of(Stage& stage, std::vector<std::string> flags) {
  flags.insert(flags.end(), {"--threads", "2", "--shutdown-timeout", "500"});
  Bot bot(stage.places(), flags);
  bot.ask("@1 large !ping");
  const picket::Clock clock;
  const auto start = clock.steady();
  for (std::size_t i = 0; i < kRounds; ++i) {
    for (const char* line : kRound) bot.say(fmt::format(fmt::runtime(line), i));
  }
  const bool is_done = bot.wait_for_replies(kLines + 1);
  const Seconds time = clock.steady() - start;
  bot.finish();
  stage.checks().equal("replies", kLines + 1, is_done ? bot.replies().size() : 0);
  return time;
}

std::vector<std::string> flags_for(const std::string& dsn) {
  return {"--dsn", dsn, "--traces-sample-rate", "1"};
}

}  // namespace

void speed_compared(Stage& stage) {
  Checks& checks = stage.checks();
  const Seconds off = time_of(stage, {});
  Ingest ingest(stage.places());
  const Seconds on = time_of(stage, flags_for(ingest.dsn()));
  const Arrivals arrivals = ingest.stop();
  checks.holds("events with monitoring on", "some", fmt::format("{}", arrivals.events.size()),
               !arrivals.events.empty());
  const Seconds dead = time_of(stage, flags_for(ingest.dsn()));  // nobody listens there any more
  std::string times = fmt::format("{} commands: off {:.2f} s", kLines, off.count());
  const auto compare = [&](const char* name, Seconds time) {
    const std::string text = fmt::format("{} {:.2f} s (x{:.2f})", name, time.count(), time / off);
    checks.holds(name, fmt::format("less than x{} and a second", kAtWorst), text,
                 time < kAtWorst * off + Seconds(1));
    times += ", " + text;
  };
  compare("on", on);
  compare("server dead", dead);
  checks.tell(times);
}

}  // namespace demo
