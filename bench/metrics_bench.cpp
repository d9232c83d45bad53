// What the calling thread pays for metrics.

#include "harness.hpp"
#include "picket/metrics.hpp"

#include <chrono>

namespace picket::bench {
namespace {

void metric_count(::benchmark::State& state, World world) {
  const Stage stage(state, world);
  measure(state, floor_clock_and_copy, [] { metrics::count("orders"); });
}

void metric_count_with_attributes(::benchmark::State& state, World world) {
  const Stage stage(state, world);
  measure(state, floor_clock_and_copy, [] {
    metrics::count("orders", 1, {.attributes = {{"region", "eu"}, {"rows", 3}}});
  });
}

void metric_count_in_a_span(::benchmark::State& state, World world) {
  const Stage stage(state, world, {.traces_sample_rate = 1.0});
  const auto transaction = start_transaction({.op = "command", .name = "ban_user"});
  measure(state, floor_clock_and_copy, [] { metrics::count("orders"); });
}

/// Three metrics, and the figures.
void metric_of_a_command(::benchmark::State& state, World world) {
  const Stage stage(state, world);
  measure(state, floor_clock_and_copy, [] {
    record_command_metric({.command = "ban", .duration = std::chrono::milliseconds(3)});
  });
}

PICKET_BENCH_WORLDS(metric_count);
BENCHMARK_CAPTURE(metric_count_with_attributes, discarding, World::discarding)
    ->Apply(on_one_thread);
BENCHMARK_CAPTURE(metric_count_in_a_span, discarding, World::discarding)->Apply(on_one_thread);
BENCHMARK_CAPTURE(metric_of_a_command, discarding, World::discarding)->Apply(on_one_thread);

}  // namespace
}  // namespace picket::bench
