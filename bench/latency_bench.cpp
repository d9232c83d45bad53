// How long one call keeps the calling thread, at worst: percentiles of one capture, one breadcrumb
// and one span, while so many threads work, and the server is well, hangs or is gone. Each thread
// does a little work of its own between two calls, as a service does; all capture far more than is
// delivered, so the queue is full. With more threads than cores any piece of code can be
// interrupted for a time slice of the others: the floor is a microsecond of arithmetic, which waits
// for nobody. `waits` are the times that one of the threads went to sleep by itself, in the whole
// run.
//
//   picket_bench_latency [--quick] [--only=TEXT] [--json=FILE]     prints a table, as Markdown

#include "measure.hpp"
#include "picket/picket.hpp"
#include "report.hpp"
#include "sink.hpp"
#include "workload.hpp"

#include <sys/resource.h>

#include <array>
#include <chrono>
#include <latch>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace picket::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::array kKinds{"1 µs of arithmetic (floor)", "capture_message", "breadcrumb", "span"};
constexpr std::size_t kKindCount = kKinds.size();

struct Latencies {
  std::array<std::vector<double>, kKindCount> of{};
  long waits = 0;
};

long waits_of_this_thread() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw;
}

void calculate(int steps) {
  unsigned value = 1;
  for (int i = 0; i < steps; ++i) value = value * 1664525U + 1013904223U;
  asm volatile("" : : "r"(value));
}

/// What a service does between two calls: some microseconds.
void work() { calculate(4000); }

double took(void (*call)()) {
  const std::int64_t begin = wall_ns();
  call();
  return static_cast<double>(wall_ns() - begin);
}

void call_floor() { calculate(800); }
void call_capture() { capture_message(kText); }
void call_span() {
  auto span = start_span({.op = "database", .description = "fetch_user_cases"});
  span.set_data("case_count", 1);
}

/// One unit of work: a transaction with a call of each kind.
void serve(Latencies& latencies) {
  const ScopeGuard request = isolate();
  const auto transaction = start_transaction({.op = "command", .name = "ban_user"});
  constexpr std::array kCalls{call_floor, call_capture, note, call_span};
  for (std::size_t kind = 0; kind < kKindCount; ++kind) {
    work();
    latencies.of[kind].push_back(took(kCalls[kind]));
  }
}

Latencies run_threads(int threads, std::chrono::milliseconds length) {
  std::vector<Latencies> each(static_cast<std::size_t>(threads));
  std::latch ready(threads);
  const std::int64_t most = 400'000 / threads;
  std::vector<std::thread> running;
  for (Latencies& own : each) {
    running.emplace_back([&] {
      for (auto& kind : own.of) kind.reserve(static_cast<std::size_t>(most));
      ready.arrive_and_wait();
      const long waits = waits_of_this_thread();
      const std::int64_t end = wall_ns() + std::chrono::nanoseconds(length).count();
      for (std::int64_t i = 0; i < most && wall_ns() < end; ++i) serve(own);
      own.waits = waits_of_this_thread() - waits;
    });
  }
  for (std::thread& one : running) one.join();
  Latencies all;
  for (const Latencies& own : each) {
    all.waits += own.waits;
    for (std::size_t kind = 0; kind < kKindCount; ++kind) {
      all.of[kind].insert(all.of[kind].end(), own.of[kind].begin(), own.of[kind].end());
    }
  }
  return all;
}

std::vector<double> percentiles(const std::vector<double>& values) {
  return {quantile(values, 0.5), quantile(values, 0.99), quantile(values, 0.999),
          quantile(values, 1.0)};
}

/// In a process of its own: whatever the one before left behind, is gone.
std::vector<double> measure(const Sink& sink, int threads, std::chrono::milliseconds length) {
  Options options = with_defaults({.dsn = sink.dsn(), .traces_sample_rate = 0.1});
  const Guard guard = init(std::move(options));
  configure_global_scope([](Scope& scope) { scope.set_tag("region", "eu"); });
  const Latencies latencies = run_threads(threads, length);
  std::vector<double> found{static_cast<double>(latencies.of[0].size()),
                            static_cast<double>(latencies.waits)};
  for (const auto& kind : latencies.of) {
    for (const double value : percentiles(kind)) found.push_back(value);
  }
  close(200ms);
  return found;
}

void run(const Arguments& arguments) {
  Report report("latency", {"server", "threads", "call", "calls", "p50 ns", "p99 ns", "p99.9 ns",
                            "max ns", "waits"});
  const auto length = arguments.quick ? 150ms : 1000ms;
  const std::vector<int> threads =
      arguments.quick ? std::vector{1, 4, 64} : std::vector{1, 2, 4, 16, 64};
  for (const Mood mood : {Mood::well, Mood::hung, Mood::gone}) {
    const std::string server(name_of(mood));
    if (!arguments.wants(server)) continue;
    for (const int count : threads) {
      const Sink sink(mood);
      const auto found = in_child([&] { return measure(sink, count, length); });
      for (std::size_t kind = 0; kind < kKindCount; ++kind) {
        const double* const of = &found.at(2 + 4 * kind);
        report.add({server, static_cast<double>(count), kKinds[kind], found.at(0), of[0], of[1],
                    of[2], of[3], found.at(1)});
      }
    }
  }
  report.write(arguments.json);
}

}  // namespace
}  // namespace picket::bench

int main(int argc, char** argv) {
  picket::bench::run(picket::bench::Arguments::parse(
      argc, argv, "picket_bench_latency [--quick] [--only=TEXT] [--json=FILE]"));
  return 0;
}
