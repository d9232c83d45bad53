// What the calling thread pays for metrics and for records of the host's log.

#include "harness.hpp"
#include "picket/log.hpp"
#include "picket/metrics.hpp"

#include <chrono>

namespace picket::bench {
namespace {

void metric_count(::benchmark::State& state, World world) {
  const Stage stage(world);
  const CountAllocations count(state);
  for (auto _ : state) metrics::count("orders");
}

void metric_count_with_attributes(::benchmark::State& state, World world) {
  const Stage stage(world);
  const CountAllocations count(state);
  for (auto _ : state) metrics::count("orders", 1, {.attributes = {{"region", "eu"}, {"rows", 3}}});
}

void metric_count_in_a_span(::benchmark::State& state) {
  const Stage stage(World::discarding, {.traces_sample_rate = 1.0});
  const auto transaction = start_transaction({.op = "command", .name = "ban_user"});
  const CountAllocations count(state);
  for (auto _ : state) metrics::count("orders");
}

void metric_of_a_command(::benchmark::State& state) {
  const Stage stage(World::discarding);
  const CountAllocations count(state);
  for (auto _ : state) {
    record_command_metric({.command = "ban", .duration = std::chrono::milliseconds(3)});
  }
}

void log_record_as_breadcrumb(::benchmark::State& state, World world) {
  const Stage stage(world);
  const CountAllocations count(state);
  for (auto _ : state) log_record(Level::info, "app.db", "connected", {{"attempt", 2}});
}

void floor_one_wall_clock_read(::benchmark::State& state) {
  for (auto _ : state) ::benchmark::DoNotOptimize(std::chrono::system_clock::now());
}

BENCHMARK_CAPTURE(metric_count, off, World::off);
BENCHMARK_CAPTURE(metric_count, discarding, World::discarding);
BENCHMARK_CAPTURE(metric_count_with_attributes, discarding, World::discarding);
BENCHMARK(metric_count_in_a_span);
BENCHMARK(metric_of_a_command);
BENCHMARK_CAPTURE(log_record_as_breadcrumb, off, World::off);
BENCHMARK_CAPTURE(log_record_as_breadcrumb, discarding, World::discarding);
BENCHMARK(floor_one_wall_clock_read);

}  // namespace
}  // namespace picket::bench
