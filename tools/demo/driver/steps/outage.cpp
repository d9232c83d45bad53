// The server goes away while the bot has much to report. The bot must not notice: same speed, flat
// memory; and afterwards every report is accounted for.

#include "driver/expected.hpp"
#include "driver/steps.hpp"
#include "picket/clock.hpp"

#include <chrono>

#include <fmt/format.h>

namespace demo {

namespace {

using Seconds = std::chrono::duration<double>;

constexpr std::uint64_t kBurst = 10'000;
constexpr std::size_t kQueueCapacity = 256;
constexpr std::size_t kFlatMemoryKib = 4096;

/// Runs one burst and returns how long the bot took for it.
Seconds burst(Bot& bot) {
  const picket::Clock clock;
  const auto start = clock.steady();
  bot.ask(fmt::format("@8 large !fail Timeout {}", kBurst));
  return clock.steady() - start;
}

std::vector<std::string> flags_for(const std::string& dsn) {
  return {"--dsn", dsn, "--threads", "1", "--retry-backoff", "200", "--shutdown-timeout", "15000"};
}

/// Sent or counted as lost: nothing vanishes.
void check_balance(Checks& checks, const std::string& when, const Arrivals& arrivals,
                   std::uint64_t captured) {
  checks.equal(when + ": arrived + reported as lost", captured,
               arrivals.events.size() + arrivals.discarded_of("error"));
}

Seconds with_server(Stage& stage) {
  Ingest ingest(stage.places());
  Bot bot(stage.places(), flags_for(ingest.dsn()));
  const Seconds time = burst(bot);
  bot.finish();
  check_balance(stage.checks(), "server there", ingest.stop(), kBurst);
  return time;
}

}  // namespace

void server_outage(Stage& stage) {
  Checks& checks = stage.checks();
  const Seconds usual = with_server(stage);

  Ingest first(stage.places());
  const std::string dsn = first.dsn();
  const std::string port = first.port();
  Bot bot(stage.places(), flags_for(dsn));
  bot.ask("@1 large !ping");
  first.stop();
  const Seconds alone = burst(bot);
  const std::size_t memory = bot.child().resident_memory();
  burst(bot);
  const std::size_t memory_later = bot.child().resident_memory();
  Ingest second(stage.places(), {"--port", port});
  bot.finish();
  const Arrivals arrivals = second.stop();
  stage.keep(arrivals);

  checks.holds("time for 10 000 captures", fmt::format("about {:.0f} ms", usual.count() * 1e3),
               fmt::format("{:.0f} ms", alone.count() * 1e3), alone < 2 * usual + Seconds(0.2));
  checks.holds("memory after 10 000 more", fmt::format("about {} KiB", memory),
               fmt::format("{} KiB", memory_later), memory_later <= memory + kFlatMemoryKib);
  checks.holds("events that arrived", fmt::format("1 to {}", kQueueCapacity + 1),
               fmt::format("{}", arrivals.events.size()),
               !arrivals.events.empty() && arrivals.events.size() <= kQueueCapacity + 1);
  const auto overflow = arrivals.discarded.find("error queue_overflow");
  checks.holds("client report: error queue_overflow", "most of 20000",
               fmt::format("{}", overflow == arrivals.discarded.end() ? 0 : overflow->second),
               overflow != arrivals.discarded.end() && overflow->second > kBurst);
  check_balance(checks, "server away", arrivals, 2 * kBurst);
  Expected expected(checks, arrivals);
  expected.take_events();
  expected.take_losses("error queue_overflow");
  expected.take_losses("error network_error");
  expected.take_losses("trace_metric queue_overflow");  // one for each command
  expected.take_losses("trace_metric_byte queue_overflow");
  expected.nothing_else();
}

}  // namespace demo
