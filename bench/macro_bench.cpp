// What picket costs a service as a whole: requests a second, how long the slowest take, CPU and
// memory, with picket off, on, and on while its server is gone. The three take turns in short
// slices, in another order each round, so that what else the machine does hits all of them; the
// loss is taken round by round, and its spread is told. One thread for each core, no pause between
// requests: picket's worker has no core to itself.
//
//   picket_bench_macro [--quick] [--json=FILE]     prints tables, as Markdown

#include "macro/service.hpp"
#include "measure.hpp"
#include "picket/picket.hpp"
#include "report.hpp"
#include "sink.hpp"
#include "workload.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace picket::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::array kModes{"off", "on", "on, the server is gone"};
constexpr std::size_t kModeCount = kModes.size();

struct Slice {
  double per_second = 0;
  double cpu = 0;              // of the whole process for one request, delivery included
  std::vector<double> took{};  // of each request
};

struct Samples {
  std::vector<double> per_second{}, cpu{}, p50{}, p99{}, loss{}, cpu_more{};
};

class Bench {
 public:
  explicit Bench(std::size_t threads) {
    for (std::size_t i = 0; i < threads; ++i) services_.push_back(std::make_unique<Service>());
  }

  Slice run(std::size_t mode, const std::string& dsn, std::chrono::milliseconds length) {
    std::optional<Guard> guard;
    if (mode > 0) {
      guard.emplace(init(with_defaults({.dsn = dsn, .traces_sample_rate = 0.1})));
    }
    serve(length / 10);
    const std::int64_t cpu = process_cpu_ns();
    Slice slice = serve(length);
    if (guard) close(mode == 1 ? 2000ms : 0ms);
    slice.cpu =
        static_cast<double>(process_cpu_ns() - cpu) / static_cast<double>(slice.took.size());
    return slice;
  }

 private:
  /// All threads answer requests for that long.
  Slice serve(std::chrono::milliseconds length) {
    std::vector<std::vector<double>> each(services_.size());
    std::vector<std::thread> threads;
    const std::int64_t begin = wall_ns();
    const std::int64_t end = begin + std::chrono::nanoseconds(length).count();
    for (std::size_t i = 0; i < services_.size(); ++i) {
      threads.emplace_back([&, i] {
        std::int64_t now = wall_ns();
        for (std::int64_t number = 0; now < end; ++number) {
          services_[i]->handle(number);
          const std::int64_t done = wall_ns();
          each[i].push_back(static_cast<double>(done - std::exchange(now, done)));
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    const double seconds = static_cast<double>(wall_ns() - begin) / 1e9;
    Slice slice;
    for (const auto& one : each) slice.took.insert(slice.took.end(), one.begin(), one.end());
    slice.per_second = static_cast<double>(slice.took.size()) / seconds;
    return slice;
  }

  std::vector<std::unique_ptr<Service>> services_;
};

double percent_less(double with, double without) { return 100 * (1 - with / without); }

/// Memory of a process that does nothing but one mode. Units: KiB.
double memory_of(std::size_t mode, const std::string& dsn, std::size_t threads,
                 std::chrono::milliseconds length) {
  return in_child([&]() -> std::vector<double> {
           Bench bench(threads);
           bench.run(mode, dsn, length);
           return {resident_kib()};
         })
      .front();
}

std::string with_spread(const std::vector<double>& values) {
  return to_text(median(values)) + " (" + to_text(quantile(values, 0.25)) + " to " +
         to_text(quantile(values, 0.75)) + ")";
}

void run(const Arguments& arguments) {
  const Sink sink;
  const Sink gone(Mood::gone);
  const std::array<std::string, kModeCount> dsns{"", sink.dsn(), gone.dsn()};
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  const int rounds = arguments.quick ? 10 : 41;
  const auto length = arguments.quick ? 100ms : 250ms;
  std::array<double, kModeCount> memory{};
  for (std::size_t mode = 0; mode < kModeCount; ++mode) {
    memory[mode] = memory_of(mode, dsns[mode], threads, 3 * length);
  }

  Bench bench(threads);
  std::array<Samples, kModeCount> samples;
  for (int round = 0; round < rounds; ++round) {
    std::array<Slice, kModeCount> slices;
    for (std::size_t turn = 0; turn < kModeCount; ++turn) {
      const std::size_t mode = (turn + static_cast<std::size_t>(round)) % kModeCount;
      slices[mode] = bench.run(mode, dsns[mode], length);
    }
    for (std::size_t mode = 0; mode < kModeCount; ++mode) {
      const Slice& slice = slices[mode];
      Samples& into = samples[mode];
      into.per_second.push_back(slice.per_second);
      into.cpu.push_back(slice.cpu);
      into.p50.push_back(quantile(slice.took, 0.5));
      into.p99.push_back(quantile(slice.took, 0.99));
      into.loss.push_back(percent_less(slice.per_second, slices[0].per_second));
      into.cpu_more.push_back((slice.cpu - slices[0].cpu) / 1e3);
    }
  }

  Report report("macro", {"picket", "requests/s", "loss %", "middle half of the losses", "p50 µs",
                          "p99 µs", "CPU µs/request", "CPU more, µs", "RSS KiB"});
  report.note("threads", static_cast<double>(threads));
  report.note("rounds", static_cast<double>(rounds));
  for (std::size_t mode = 0; mode < kModeCount; ++mode) {
    const Samples& of = samples[mode];
    report.add({kModes[mode], median(of.per_second), median(of.loss), with_spread(of.loss),
                median(of.p50) / 1e3, median(of.p99) / 1e3, median(of.cpu) / 1e3,
                median(of.cpu_more), memory[mode]});
  }
  report.write(arguments.json);
}

}  // namespace
}  // namespace picket::bench

int main(int argc, char** argv) {
  picket::bench::run(
      picket::bench::Arguments::parse(argc, argv, "picket_bench_macro [--quick] [--json=FILE]"));
  return 0;
}
