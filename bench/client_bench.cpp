// What a client costs as a whole: its start and its end, and each event until a server has it.

#include "harness.hpp"

namespace picket::bench {
namespace {

void init_close(::benchmark::State& state, World world) {
  Totals totals;
  for (auto _ : state) {
    const Heap before = heap();
    const Took took = time([&] { const Stage stage(world); });
    const Heap after = heap();
    totals.add(took, time([] { floor_thread_start(1); }), before, after);
    state.SetIterationTime(took.wall / 1e9);
  }
  totals.report(state);
}

/// Events until a sink in another process has them, captured by so many threads. `cpu_ns` is that
/// of this whole process, for one event.
void delivered(::benchmark::State& state) {
  constexpr int kEvents = 1000;
  Stage stage(state, World::loopback, {.max_queue_items = 4 * kEvents});
  fill_scope(0);
  std::uint64_t before = 0;
  std::int64_t wall = 0;
  std::int64_t cpu = 0;
  for (auto _ : state) {
    before = loopback().requests();
    wall = wall_ns();
    cpu = process_cpu_ns();
    repeat(kEvents / state.threads(), [] { capture_message(kText); });
    flush(std::chrono::seconds(60));
    stage.meet();
    const auto took = static_cast<double>(wall_ns() - wall);
    state.SetIterationTime(took / 1e9);
    if (state.thread_index() != 0) continue;
    const auto events = static_cast<double>(loopback().requests() - before);
    state.counters["events"] = events;
    state.counters["events_per_second"] = events / took * 1e9;
    state.counters["cpu_ns"] = static_cast<double>(process_cpu_ns() - cpu) / events;
  }
}

BENCHMARK_CAPTURE(init_close, off, World::off)->UseManualTime()->Iterations(20);
BENCHMARK_CAPTURE(init_close, discarding, World::discarding)->UseManualTime()->Iterations(20);
BENCHMARK_CAPTURE(init_close, loopback, World::loopback)->UseManualTime()->Iterations(20);
BENCHMARK(delivered)->UseManualTime()->Iterations(1)->Threads(1)->Threads(2)->Threads(4);

}  // namespace
}  // namespace picket::bench
