// How much more several threads do than one: they start together, each does its share, and the time
// until the last is done counts. The queue takes them all, and leaves outside of what is timed; but
// picket's worker wakes at the first capture and wants a core too. Where there are as many threads
// as cores that hides what the threads do to each other: in the cases named `waiting` the worker
// waits in a hook meanwhile.

#include "harness.hpp"

#include <atomic>
#include <cstdint>
#include <limits>

namespace picket::bench {
namespace {

constexpr int kRounds = 3;

/// When the first of the threads began.
std::atomic<std::int64_t> began{0};

void begin_now() {
  const std::int64_t now = wall_ns();
  std::int64_t first = began.load();
  while (now < first && !began.compare_exchange_weak(first, now)) {
  }
}

/// Holds the worker up while it is closed.
class Gate {
 public:
  void close() { is_open_ = false; }
  void open() {
    is_open_ = true;
    is_open_.notify_all();
  }
  void pass() const { is_open_.wait(false); }

 private:
  std::atomic<bool> is_open_{true};
};

Gate gate;

enum class WorkerIs { busy, waiting };

Options options_for(WorkerIs worker) {
  Options options{
      .traces_sample_rate = 1.0, .max_queue_items = 32'768, .max_queue_bytes = 1U << 30U};
  if (worker == WorkerIs::busy) return options;
  const auto wait = [](Event&, Hint&) {
    gate.pass();
    return Verdict::keep;
  };
  options.before_send = wait;
  options.before_send_transaction = wait;
  return options;
}

template <class Call>
void together(::benchmark::State& state, int calls, Call call, WorkerIs worker = WorkerIs::busy) {
  Stage stage(state, World::discarding, options_for(worker));
  fill_scope(20);
  const int share = calls / state.threads();
  double cpu = 0;
  double elapsed = 0;
  for (auto _ : state) {
    if (state.thread_index() == 0) {
      began = std::numeric_limits<std::int64_t>::max();
      if (worker == WorkerIs::waiting) gate.close();
    }
    stage.meet();
    begin_now();
    cpu += time([&] { repeat(share, call); }).cpu;
    stage.meet();
    const auto took = static_cast<double>(wall_ns() - began);
    elapsed += took;
    state.SetIterationTime(took / 1e9);
    stage.meet();  // all have read when it began
    gate.open();
    flush(std::chrono::seconds(60));
  }
  // Counters of threads are added up: each reports its part.
  state.counters["calls_per_second"] = kRounds * share / elapsed * 1e9;
  state.counters["cpu_ns"] = cpu / (kRounds * share) / state.threads();
}

void together_set_tag(::benchmark::State& state) {
  together(state, 200'000, [] { picket::set_tag("feature", "ban"); });
}
void together_breadcrumb(::benchmark::State& state) { together(state, 100'000, note); }
void together_capture_message(::benchmark::State& state) {
  together(state, 2'000, [] { picket::capture_message(kText); });
}
void together_capture_exception(::benchmark::State& state) { together(state, 500, capture_deep); }
void together_transaction_10_spans(::benchmark::State& state) {
  together(state, 500, [] { run_transaction(10); });
}
void together_capture_message_waiting(::benchmark::State& state) {
  together(
      state, 4'000, [] { picket::capture_message(kText); }, WorkerIs::waiting);
}
void together_capture_exception_waiting(::benchmark::State& state) {
  together(state, 1'000, capture_deep, WorkerIs::waiting);
}
void together_transaction_10_spans_waiting(::benchmark::State& state) {
  together(
      state, 2'000, [] { run_transaction(10); }, WorkerIs::waiting);
}

void on_more_threads(::benchmark::internal::Benchmark* one) {
  one->UseManualTime()->Iterations(kRounds);
  for (const int threads : {1, 2, 4, 8}) one->Threads(threads);
}

BENCHMARK(together_set_tag)->Apply(on_more_threads);
BENCHMARK(together_breadcrumb)->Apply(on_more_threads);
BENCHMARK(together_capture_message)->Apply(on_more_threads);
BENCHMARK(together_capture_exception)->Apply(on_more_threads);
BENCHMARK(together_transaction_10_spans)->Apply(on_more_threads);
BENCHMARK(together_capture_message_waiting)->Apply(on_more_threads);
BENCHMARK(together_capture_exception_waiting)->Apply(on_more_threads);
BENCHMARK(together_transaction_10_spans_waiting)->Apply(on_more_threads);

}  // namespace
}  // namespace picket::bench
