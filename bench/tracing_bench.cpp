// What the calling thread pays for transactions, spans and trace headers. A span has an op, a
// description and one datum.

#include "harness.hpp"

#include <chrono>
#include <map>
#include <string>

namespace picket::bench {
namespace {

void run_transaction(std::int64_t spans) {
  const auto transaction = start_transaction({.op = "command", .name = "ban_user"});
  for (std::int64_t i = 0; i < spans; ++i) {
    auto span = start_span({.op = "database", .description = "fetch_user_cases"});
    span.set_data("case_count", i);
  }
}

void transaction_off(::benchmark::State& state) {
  const Stage stage(World::off);
  const CountAllocations count(state);
  for (auto _ : state) run_transaction(state.range(0));
}

void transaction_unsampled(::benchmark::State& state) {
  const Stage stage(World::discarding, {.traces_sample_rate = 0.0});
  run_transaction(1);
  const CountAllocations count(state);
  for (auto _ : state) run_transaction(state.range(0));
}

void transaction_sampled(::benchmark::State& state) {
  const Stage stage(World::discarding, {.traces_sample_rate = 1.0});
  const CountAllocations count(state);
  for (auto _ : state) run_transaction(state.range(0));
}

void trace_headers_in(::benchmark::State& state) {
  const Stage stage(World::discarding);
  const std::map<std::string, std::string> headers{
      {"sentry-trace", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-1"},
      {"baggage",
       "sentry-trace_id=7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a,sentry-public_key=abc,"
       "sentry-sample_rate=0.25,sentry-sample_rand=0.104233,sentry-sampled=true,"
       "sentry-release=shop%401.4.0%2B77,sentry-environment=staging"}};
  const CountAllocations count(state);
  for (auto _ : state) ::benchmark::DoNotOptimize(continue_trace(headers));
}

void trace_headers_out(::benchmark::State& state) {
  const Stage stage(World::discarding, {.traces_sample_rate = 1.0});
  const auto transaction = start_transaction({.op = "command", .name = "ban_user"});
  const CountAllocations count(state);
  for (auto _ : state) ::benchmark::DoNotOptimize(trace_headers({.url = "http://chat.local/"}));
}

// Ten spans and their transaction: a start and an end each.
void floor_22_clock_reads(::benchmark::State& state) {
  for (auto _ : state) {
    for (int i = 0; i < 22; ++i) ::benchmark::DoNotOptimize(std::chrono::steady_clock::now());
  }
}

BENCHMARK(transaction_off)->Arg(10);
BENCHMARK(transaction_unsampled)->Arg(10);
BENCHMARK(transaction_sampled)->Arg(0)->Arg(10)->Arg(100);
BENCHMARK(trace_headers_in);
BENCHMARK(trace_headers_out);
BENCHMARK(floor_22_clock_reads);

}  // namespace
}  // namespace picket::bench
