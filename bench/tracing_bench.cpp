// What the calling thread pays for transactions, spans and the headers of a trace. A span has an
// op, a description and one datum; the argument is the number of spans.

#include "harness.hpp"

#include <map>
#include <string>

namespace picket::bench {
namespace {

Floor clock_reads_of(std::int64_t spans) {
  return spans == 0    ? floor_2_clock_reads
         : spans == 10 ? floor_22_clock_reads
                       : floor_202_clock_reads;
}

void transaction_sampled(::benchmark::State& state, World world) {
  const Stage stage(state, world, {.traces_sample_rate = 1.0});
  measure(state, clock_reads_of(state.range(0)), [&] { run_transaction(state.range(0)); });
}

void transaction_unsampled(::benchmark::State& state, World world) {
  const Stage stage(state, world, {.traces_sample_rate = 0.0});
  measure(state, floor_11_ids, [&] { run_transaction(state.range(0)); });
}

void trace_headers_in(::benchmark::State& state, World world) {
  const Stage stage(state, world);
  const std::map<std::string, std::string> headers{
      {"sentry-trace", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-1"},
      {"baggage",
       "sentry-trace_id=7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a,sentry-public_key=abc,"
       "sentry-sample_rate=0.25,sentry-sample_rand=0.104233,sentry-sampled=true,"
       "sentry-release=shop%401.4.0%2B77,sentry-environment=staging"}};
  measure(state, floor_two_copies, [&] { ::benchmark::DoNotOptimize(continue_trace(headers)); });
}

void trace_headers_out(::benchmark::State& state, World world) {
  const Stage stage(state, world, {.traces_sample_rate = 1.0});
  const auto transaction = start_transaction({.op = "command", .name = "ban_user"});
  measure(state, floor_two_copies,
          [] { ::benchmark::DoNotOptimize(trace_headers({.url = "http://chat.local/"})); });
}

PICKET_BENCH_WORLDS(transaction_sampled, ->Arg(0)->Arg(10)->Arg(100));
PICKET_BENCH_WORLDS(transaction_unsampled, ->Arg(10));
PICKET_BENCH_WORLDS(trace_headers_in);
PICKET_BENCH_WORLDS(trace_headers_out);

}  // namespace
}  // namespace picket::bench
