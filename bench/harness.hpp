#pragma once

// What every case of the suite shares: the worlds that a hot path is measured in, threads with
// scopes of their own, and the way in which calls are timed.
//
// A case runs its calls in bursts that fit into the queue; between two bursts, outside of what is
// timed, everything captured leaves. So nothing is dropped and the thread that is measured does not
// take turns with a worker that is behind; the `nonstop` cases show what happens when it is. The
// counters are what to read, each for one call of one thread:
//   cpu_ns, wall_ns      on the calling thread
//   floor_ns             what no design can beat, measured between the bursts
//   allocations, bytes   taken from the heap by the calling thread
//   dropped              items, in the whole run

#include "floors.hpp"
#include "measure.hpp"
#include "picket/picket.hpp"
#include "sink.hpp"
#include "workload.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace picket::bench {

enum class World {
  off,         // no client
  discarding,  // the whole pipeline, and a transport that throws the bytes away
  loopback,    // HTTP to a sink in another process
};

/// Starts a world, with the calling thread's scopes fresh; its end stops it.
/// Threads: each thread of the case makes one, with the state of the case; they meet at its start
/// and at its end. The one without a state is for one thread.
class Stage {
 public:
  explicit Stage(World world, Options options = {});
  Stage(::benchmark::State& state, World world, Options options = {});
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// Waits for the other threads of the case.
  void meet();

 private:
  void start(World world, Options options);

  ::benchmark::State* state_ = nullptr;
  std::optional<Guard> guard_;  // of the first thread
  ScopeGuard unit_of_work_;
};

/// Started before there are threads, see `suite.cpp`.
Sink& loopback();

/// Of the calling thread so far.
struct Heap {
  std::size_t allocations = 0;
  std::size_t bytes = 0;
};
Heap heap() noexcept;

/// Reports the allocations of one iteration as counters of `state`.
class CountAllocations {
 public:
  explicit CountAllocations(::benchmark::State& state) : state_(state), before_(heap()) {}
  ~CountAllocations();
  CountAllocations(const CountAllocations&) = delete;
  CountAllocations& operator=(const CountAllocations&) = delete;

 private:
  ::benchmark::State& state_;
  Heap before_;
};

/// Adds up what bursts took, and reports it.
class Totals {
 public:
  void add(const Took& call, const Took& floor, const Heap& before, const Heap& after);
  void report(::benchmark::State& state) const;

 private:
  Took call_{};
  Took floor_{};
  Heap heap_{};
};

/// Calls in one go, together in all threads: most of the queue, but not the reserve.
constexpr int kBurst = 200;

/// Runs the case: bursts of `call`, with `floor` and a flush between them.
template <class Call>
void measure(::benchmark::State& state, Floor floor, Call&& call) {
  const int burst = is_initialized() ? std::max(1, kBurst / state.threads()) : 10 * kBurst;
  Totals totals;
  while (state.KeepRunningBatch(burst)) {
    const Heap before = heap();
    const Took took = time([&] { repeat(burst, call); });
    const Heap after = heap();
    totals.add(took, time([&] { floor(burst); }), before, after);
    state.SetIterationTime(took.wall / 1e9);
    flush(std::chrono::seconds(60));
  }
  totals.report(state);
}

/// The same without a pause: what overflows is dropped, and counted.
template <class Call>
void measure_nonstop(::benchmark::State& state, Floor floor, Call&& call) {
  constexpr int kCalls = 20 * kBurst;
  Totals totals;
  while (state.KeepRunningBatch(kCalls)) {
    const Heap before = heap();
    const Took took = time([&] { repeat(kCalls, call); });
    const Heap after = heap();
    totals.add(took, time([&] { floor(kCalls); }), before, after);
    state.SetIterationTime(took.wall / 1e9);
  }
  totals.report(state);
}

/// How often a case runs in each world, and on how many threads: 1, 2, 4 and 8.
void on_threads(::benchmark::internal::Benchmark* one);            // off, discarding
void on_threads_over_http(::benchmark::internal::Benchmark* one);  // loopback
void on_one_thread(::benchmark::internal::Benchmark* one);
void on_one_thread_over_http(::benchmark::internal::Benchmark* one);

}  // namespace picket::bench

/// The case `function` in all three worlds; what follows is applied to each.
#define PICKET_BENCH_WORLDS(function, ...)                                    \
  BENCHMARK_CAPTURE(function, off, ::picket::bench::World::off)               \
  __VA_ARGS__->Apply(::picket::bench::on_threads);                            \
  BENCHMARK_CAPTURE(function, discarding, ::picket::bench::World::discarding) \
  __VA_ARGS__->Apply(::picket::bench::on_threads);                            \
  BENCHMARK_CAPTURE(function, loopback, ::picket::bench::World::loopback)     \
  __VA_ARGS__->Apply(::picket::bench::on_threads_over_http)
