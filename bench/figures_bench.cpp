// What counting costs the calling thread: a span that is timed for the figures, sampled or not, and
// an error that is counted but not sent; with one thread and with two.

#include "harness.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>

namespace picket::bench {
namespace {

std::optional<Stage> the_stage;

void enter(::benchmark::State& state, Options options) {
  if (state.thread_index() == 0) the_stage.emplace(World::discarding, std::move(options));
}

void leave(::benchmark::State& state) {
  if (state.thread_index() == 0) the_stage.reset();
}

/// Spans with that op in one transaction per thread that is not sampled.
void run_spans(::benchmark::State& state, const char* op, bool enable_figures) {
  enter(state, {.traces_sample_rate = 0.0, .enable_figures = enable_figures});
  std::optional<Transaction> transaction;
  for (auto _ : state) {
    // After the barrier that all threads begin behind, so that the stage is there.
    if (!transaction) transaction = start_transaction({.op = "command", .name = "ban_user"});
    start_span({.op = op, .description = "fetch_user_cases"}).finish();
  }
  transaction.reset();
  leave(state);
}

void span_that_does_not_count(::benchmark::State& state) { run_spans(state, "render", true); }
void span_of_a_database(::benchmark::State& state) { run_spans(state, "database", true); }
void span_of_a_database_without_figures(::benchmark::State& state) {
  run_spans(state, "database", false);
}

void run_errors(::benchmark::State& state, bool enable_figures) {
  enter(state, {.sample_rate = 0.0, .enable_figures = enable_figures});
  const std::runtime_error error("x");
  for (auto _ : state) capture_exception(error);
  leave(state);
}

void error_sampled_out(::benchmark::State& state) { run_errors(state, true); }
void error_sampled_out_without_figures(::benchmark::State& state) { run_errors(state, false); }

/// What `picket::stats()` costs a host that asks, with that many names.
void snapshot(::benchmark::State& state) {
  const Stage stage(World::discarding, {.traces_sample_rate = 0.0});
  {
    const auto transaction = start_transaction({.op = "command", .name = "ban_user"});
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      start_span({.op = "db", .description = std::to_string(i)}).finish();
    }
  }
  for (auto _ : state) ::benchmark::DoNotOptimize(stats());
}

BENCHMARK(span_that_does_not_count)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(span_of_a_database)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(span_of_a_database_without_figures)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(error_sampled_out)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(error_sampled_out_without_figures)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(snapshot)->Arg(1)->Arg(50)->Arg(256);

}  // namespace
}  // namespace picket::bench
