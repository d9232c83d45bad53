// What a throw costs, by the depth of the stack above it: built twice, without and with
// `picket::throw_traces`. `again` throws from the same place each time, `elsewhere` from two places
// in turn whose stacks differ from the bottom on, which the memory of the last stack cannot help.

#include <benchmark/benchmark.h>

#include <cstdint>

namespace {

[[gnu::noinline]] void throw_at(std::int64_t depth) {
  if (depth == 0) throw 1;
  throw_at(depth - 1);
  asm volatile("" : : : "memory");
}

[[gnu::noinline]] void throw_below(std::int64_t depth, int room) {
  volatile char space[64];
  space[0] = static_cast<char>(room);
  if (depth == 0) throw 1;
  throw_below(depth - 1, room);
  space[1] = space[0];
}

// Caught in the function that throws: the unwinder of the language has nothing to do, so what is
// left is the cost of looking at the stack.
[[gnu::noinline]] void catch_at(std::int64_t depth, benchmark::State& state) {
  if (depth > 0) {
    catch_at(depth - 1, state);
    asm volatile("" : : : "memory");
    return;
  }
  for (auto _ : state) {
    try {
      throw 1;
    } catch (int& error) {
      benchmark::DoNotOptimize(error);
    }
  }
}

void caught_where_thrown(benchmark::State& state) { catch_at(state.range(0), state); }

void caught_at_the_top(benchmark::State& state) {
  for (auto _ : state) {
    try {
      throw_at(state.range(0));
    } catch (int& error) {
      benchmark::DoNotOptimize(error);
    }
  }
}

void caught_at_the_top_elsewhere(benchmark::State& state) {
  bool turn = false;
  for (auto _ : state) {
    turn = !turn;
    try {
      if (turn) {
        throw_at(state.range(0));
      } else {
        throw_below(state.range(0), 1);
      }
    } catch (int& error) {
      benchmark::DoNotOptimize(error);
    }
  }
}

BENCHMARK(caught_where_thrown)->Arg(10)->Arg(20)->Arg(50)->Arg(100);
BENCHMARK(caught_at_the_top)->Arg(10)->Arg(20)->Arg(50)->Arg(100);
BENCHMARK(caught_at_the_top_elsewhere)->Arg(10)->Arg(20)->Arg(50)->Arg(100);

}  // namespace

BENCHMARK_MAIN();
