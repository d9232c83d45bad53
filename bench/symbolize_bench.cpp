// What it costs the worker to name a stack of 20 calls: in a new client, which opens the debug
// information of this program, and again when the frames are known. A capture and a flush, with the
// stack and without; the difference is the naming. Beside the times: the memory that was added.

#include "harness.hpp"

#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>

namespace picket::bench {
namespace {

using namespace std::chrono_literals;

constexpr int kDepth = 20;

[[gnu::noinline]] void capture_in(int depth) {
  if (depth == 0) {
    capture_message("too slow", Level::warning);
  } else {
    capture_in(depth - 1);
  }
  asm volatile("");  // keeps the caller on the stack
}

void capture_and_flush() {
  capture_in(kDepth);
  flush(10s);
}

/// `VmRSS` or `VmHWM` of this process. Units: KiB.
double memory(const std::string& which) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kib = 0;
    if (word == which + ":" && status >> kib) return kib;
  }
  return 0;
}

class CountMemory {
 public:
  explicit CountMemory(::benchmark::State& state)
      : state_(state), resident_(memory("VmRSS")), peak_(memory("VmHWM")) {}
  ~CountMemory() {
    state_.counters["resident_kib"] = memory("VmRSS") - resident_;
    state_.counters["peak_kib"] = memory("VmHWM") - peak_;
  }
  CountMemory(const CountMemory&) = delete;
  CountMemory& operator=(const CountMemory&) = delete;

 private:
  ::benchmark::State& state_;
  double resident_;
  double peak_;
};

void name_in_a_new_client(::benchmark::State& state, bool with_stack) {
  const CountMemory count(state);
  for (auto _ : state) {
    const Stage stage(World::discarding, {.attach_stacktrace = with_stack});
    capture_and_flush();
  }
}

void name_known_frames(::benchmark::State& state, bool with_stack) {
  const Stage stage(World::discarding, {.attach_stacktrace = with_stack});
  const CountMemory count(state);
  bool are_known = false;  // after the first time, from the same place
  for (auto _ : state) {
    const Took took = time([] { capture_and_flush(); });
    state.SetIterationTime(are_known ? took.wall / 1e9 : 0);
    are_known = true;
  }
}

// The floors come first: what they leave resident is not counted again.
BENCHMARK_CAPTURE(name_in_a_new_client, floor_without_stack, false)->UseRealTime()->Iterations(3);
BENCHMARK_CAPTURE(name_in_a_new_client, with_stack, true)->UseRealTime()->Iterations(3);
BENCHMARK_CAPTURE(name_known_frames, floor_without_stack, false)->UseManualTime()->Iterations(51);
BENCHMARK_CAPTURE(name_known_frames, with_stack, true)->UseManualTime()->Iterations(51);

}  // namespace
}  // namespace picket::bench
