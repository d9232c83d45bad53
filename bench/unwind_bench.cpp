// What taking a stack costs, by depth, for both ways of `Options::unwind_by_frame_pointer`: the
// same capture, once with unwind tables and once by frame pointers. This file is compiled with
// frame pointers, see CMakeLists.txt. The floor is the capture of a message without a stack.

#include "harness.hpp"

#include <stdexcept>

namespace picket::bench {
namespace {

[[gnu::noinline]] EventId capture_deep(const std::exception& error, std::int64_t depth) {
  if (depth == 0) return capture_exception(error);
  const EventId id = capture_deep(error, depth - 1);
  asm volatile("");  // a call, not a jump
  return id;
}

void stack(::benchmark::State& state, bool by_frame_pointer) {
  Options options;
  options.unwind_by_frame_pointer = by_frame_pointer;
  Stage stage(World::discarding, std::move(options));
  const std::runtime_error error("the quick brown fox jumps over the lazy dog");
  const CountAllocations count(state);
  for (auto _ : state) ::benchmark::DoNotOptimize(capture_deep(error, state.range(0)));
}

void floor_without_stack(::benchmark::State& state) {
  const Stage stage(World::discarding);
  const CountAllocations count(state);
  for (auto _ : state) ::benchmark::DoNotOptimize(capture_message("the quick brown fox jumps"));
}

BENCHMARK_CAPTURE(stack, unwind_tables, false)->Arg(10)->Arg(20)->Arg(50)->Arg(100);
BENCHMARK_CAPTURE(stack, frame_pointers, true)->Arg(10)->Arg(20)->Arg(50)->Arg(100);
BENCHMARK(floor_without_stack);

}  // namespace
}  // namespace picket::bench
