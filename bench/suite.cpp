// The suite: every hot path in the worlds off, discarding and loopback. See `harness.hpp` for what
// is timed and how to read the counters.
//
//   picket_bench --benchmark_filter='capture_message/discarding' --benchmark_format=json

#include "harness.hpp"

int main(int argc, char** argv) {
  picket::bench::loopback();  // a process of its own, started while this one has a single thread
  ::benchmark::Initialize(&argc, argv);
  if (::benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  ::benchmark::RunSpecifiedBenchmarks();
  ::benchmark::Shutdown();
  return 0;
}
