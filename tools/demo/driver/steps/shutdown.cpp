// The service is told to end while people wait for it. It says so, ends in order, and nothing that
// it had to report is lost.

#include "driver/expected.hpp"
#include "driver/json_path.hpp"
#include "driver/steps.hpp"
#include "driver/trace_tree.hpp"
#include "picket/clock.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace demo {

namespace {

constexpr std::size_t kFailures = 50;
constexpr std::size_t kRunning = 2;
constexpr int kEndedBySignal = 130;
constexpr std::chrono::seconds kTimeout{10};

/// The errors of the burst and of the commands that were cut off, in whatever order they came, and
/// the message about the signal among them.
void check_events(Checks& checks, const Arrivals& arrivals) {
  std::size_t burst = 0;
  std::size_t cut_off = 0;
  std::vector<picket::Value> messages;
  for (const picket::Value& event : arrivals.events) {
    const std::string text = text_at(event, "exception/values/-1/value");
    burst += text == "Timeout on request of person 8" ? 1 : 0;
    cut_off += text == "the service ends" ? 1 : 0;
    if (text == "absent") messages.push_back(event);
  }
  checks.equal("errors from before", kFailures, burst);
  checks.equal("errors of commands that were cut off", kRunning, cut_off);
  checks.equal("messages", 1U, messages.size());
  checks.equal("all of them", kFailures + kRunning + 1, arrivals.events.size());
  if (messages.empty()) return;
  Expected(checks, arrivals)
      .facts("the message", messages.front(),
             {{"level", "info"},
              {"tags/signal.received", "SIGTERM"},
              {"tags/shutdown.reason", "signal"}});
}

void check_shutdown(Expected& expected, Checks& checks) {
  const auto& end = expected.transaction("the end", {{"transaction", "shutdown"}},
                                         {{"contexts/trace/op", "lifecycle"},
                                          {"contexts/trace/status", "ok"},
                                          {"contexts/trace/data/shutdown.commands", "true"},
                                          {"contexts/trace/data/shutdown.chat", "true"},
                                          {"contexts/trace/data/shutdown.cache", "true"},
                                          {"contexts/trace/data/shutdown.database", "true"},
                                          {"user", "absent"}});
  std::vector<std::string> phases;
  for (const picket::Value& span : spans_of(end, "shutdown")) {
    phases.push_back(text_at(span, "description"));
  }
  checks.equal("its phases in order", std::string("commands, chat, cache, database"),
               fmt::format("{}", fmt::join(phases, ", ")));
}

}  // namespace

void ended_by_signal(Stage& stage) {
  Checks& checks = stage.checks();
  Ingest ingest(stage.places());
  Bot bot(stage.places(),
          {"--dsn", ingest.dsn(), "--threads", "4", "--traces-sample-rate", "1",
           "--shutdown-timeout", fmt::format("{}", std::chrono::milliseconds(kTimeout).count())});
  bot.ask(fmt::format("@8 large !fail Timeout {}", kFailures));
  for (std::size_t i = 0; i < kRunning; ++i) bot.say("@2 large !slow 30");
  bot.ask("@1 large !ping");  // whoever is served now came after those two
  const picket::Clock clock;
  const auto start = clock.steady();
  checks.equal("exit code", kEndedBySignal, bot.terminate());
  const std::chrono::duration<double> time = clock.steady() - start;
  checks.holds("time to the end", fmt::format("less than {} s", kTimeout.count()),
               fmt::format("{:.2f} s", time.count()), time < kTimeout);
  const Arrivals arrivals = ingest.stop();
  stage.keep(arrivals);

  check_events(checks, arrivals);
  Expected expected(checks, arrivals);
  expected.take_events();
  expected.transaction("the burst", {{"transaction", "fail"}}, {{"user/id", "8"}});
  expected.transaction("the ping", {{"transaction", "ping"}}, {{"contexts/trace/status", "ok"}});
  for (std::size_t i = 0; i < kRunning; ++i) {
    expected.transaction("a command that was cut off", {{"transaction", "slow"}},
                         {{"contexts/trace/status", "internal_error"}, {"user/id", "2"}});
  }
  check_shutdown(expected, checks);
  expected.take_losses("error event_processor");
  expected.nothing_else();
  checks.tell(fmt::format("{}, exit after {:.1f} s", summary_of(arrivals), time.count()));
}

}  // namespace demo
