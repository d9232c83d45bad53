// What the calling thread pays for errors and messages. The argument is the number of breadcrumbs
// in a scope that has three tags, a user and a context besides.

#include "harness.hpp"

namespace picket::bench {
namespace {

void message() { picket::capture_message(kText); }

void capture_message(::benchmark::State& state, World world) {
  const Stage stage(state, world);
  fill_scope(state.range(0));
  measure(state, floor_id_clock_and_slot, message);
}

/// 20 frames deep.
void capture_exception(::benchmark::State& state, World world) {
  const Stage stage(state, world);
  fill_scope(state.range(0));
  measure(state, floor_unwind, capture_deep);
}

void capture_sampled_out(::benchmark::State& state, World world) {
  const Stage stage(state, world, {.sample_rate = 0.0});
  fill_scope(20);
  measure(state, floor_random_number, message);
}

/// More than the worker can take: the queue overflows, and the worker wants the processor too.
void capture_message_nonstop(::benchmark::State& state, World world) {
  const Stage stage(state, world);
  fill_scope(state.range(0));
  measure_nonstop(state, floor_id_clock_and_slot, message);
}

void capture_exception_nonstop(::benchmark::State& state, World world) {
  const Stage stage(state, world);
  fill_scope(state.range(0));
  measure_nonstop(state, floor_unwind, capture_deep);
}

PICKET_BENCH_WORLDS(capture_message, ->Arg(0)->Arg(20)->Arg(100));
PICKET_BENCH_WORLDS(capture_exception, ->Arg(0)->Arg(20)->Arg(100));
PICKET_BENCH_WORLDS(capture_sampled_out);
BENCHMARK_CAPTURE(capture_message_nonstop, discarding, World::discarding)
    ->Arg(20)
    ->Apply(on_threads);
BENCHMARK_CAPTURE(capture_message_nonstop, loopback, World::loopback)->Arg(20)->Apply(on_threads);
BENCHMARK_CAPTURE(capture_exception_nonstop, discarding, World::discarding)
    ->Arg(20)
    ->Apply(on_threads);

}  // namespace
}  // namespace picket::bench
