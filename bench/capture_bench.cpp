// What the calling thread pays for errors, messages, breadcrumbs and tags.

#include "harness.hpp"

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <string>

namespace picket::bench {
namespace {

constexpr const char* kText = "the quick brown fox jumps over the lazy dog";

void breadcrumb(::benchmark::State& state, World world) {
  const Stage stage(world);
  const CountAllocations count(state);
  for (auto _ : state) {
    add_breadcrumb(kText, {.category = "bench", .data = {{"number", 12}, {"text", "value"}}});
  }
}

void tag(::benchmark::State& state, World world) {
  const Stage stage(world);
  const CountAllocations count(state);
  for (auto _ : state) set_tag("feature", "ban");
}

void message(::benchmark::State& state, World world) {
  Stage stage(world);
  stage.fill_scope(state.range(0));
  const CountAllocations count(state);
  for (auto _ : state) ::benchmark::DoNotOptimize(capture_message(kText));
}

[[gnu::noinline]] EventId capture_deep(const std::exception& error, int depth) {
  if (depth == 0) return capture_exception(error);
  const EventId id = capture_deep(error, depth - 1);
  asm volatile("");  // a call, not a jump
  return id;
}

void exception(::benchmark::State& state, World world) {
  Stage stage(world);
  stage.fill_scope(state.range(0));
  const std::runtime_error error(kText);
  const CountAllocations count(state);
  for (auto _ : state) ::benchmark::DoNotOptimize(capture_deep(error, 20));
}

void sampled_out(::benchmark::State& state) {
  Options options;
  options.dsn = "http://key@localhost:9/1";
  options.sample_rate = 0.0;
  const Guard guard = init(std::move(options));
  const CountAllocations count(state);
  for (auto _ : state) ::benchmark::DoNotOptimize(capture_message(kText));
}

void init_close(::benchmark::State& state) {
  for (auto _ : state) const Stage stage(World::discarding);
}

void floor_clock_and_copy(::benchmark::State& state) {
  char copy[64];
  for (auto _ : state) {
    ::benchmark::DoNotOptimize(std::chrono::system_clock::now());
    std::memcpy(copy, kText, std::strlen(kText));
    ::benchmark::DoNotOptimize(copy);
  }
}

BENCHMARK_CAPTURE(breadcrumb, off, World::off);
BENCHMARK_CAPTURE(breadcrumb, discarding, World::discarding);
BENCHMARK_CAPTURE(tag, off, World::off);
BENCHMARK_CAPTURE(tag, discarding, World::discarding);
BENCHMARK_CAPTURE(message, off, World::off)->Arg(0);
BENCHMARK_CAPTURE(message, discarding, World::discarding)->Arg(0)->Arg(20)->Arg(100);
BENCHMARK_CAPTURE(exception, discarding, World::discarding)->Arg(0)->Arg(20)->Arg(100);
BENCHMARK(sampled_out);
BENCHMARK(init_close);
BENCHMARK(floor_clock_and_copy);

}  // namespace
}  // namespace picket::bench

BENCHMARK_MAIN();
