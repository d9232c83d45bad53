// How much memory an outage costs. A service captures 5 000 events a second, each with breadcrumbs
// and a context of its own, while the server is well, hangs, is slow, is gone, or answers 429. The
// server is a process of its own, and so is each row, so that the memory is the service's alone.
//
//   picket_bench_outage [--quick] [--only=TEXT] [--json=FILE]     prints a table, as Markdown

#include "measure.hpp"
#include "picket/picket.hpp"
#include "report.hpp"
#include "sink.hpp"
#include "workload.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace picket::bench {
namespace {

using namespace std::chrono_literals;

constexpr int kPerSecond = 5000;
constexpr std::int64_t kNanoseconds = 1'000'000'000;

void capture(int number) {
  add_breadcrumb("request " + std::to_string(number), {.data = {{"number", number}}});
  set_context("order", {{"id", number}, {"shop", "central"}});
  try {
    throw std::runtime_error("failure " + std::to_string(number));
  } catch (const std::exception& error) {
    capture_exception(error);
  }
}

/// The numbers of one row.
std::vector<double> measure(const Sink& sink, std::chrono::milliseconds length) {
  const Guard guard = init(with_defaults({.dsn = sink.dsn()}));
  // The first hundred come before the measurement, from the same place: whatever is allocated
  // once, is, and the frames are named.
  constexpr int kFirst = 100;
  double before = 0;
  double most = 0;
  std::int64_t begin = 0;
  int captured = -kFirst;
  for (std::int64_t now = 0;
       begin == 0 || now - begin < std::chrono::nanoseconds(length).count();) {
    const auto due = begin == 0 ? 0 : (now - begin) * kPerSecond / kNanoseconds;
    for (; captured < due; ++captured) capture(captured);
    if (begin == 0) {
      flush(1s);
      before = resident_kib();
      begin = wall_ns();
    }
    most = std::max(most, resident_kib());
    std::this_thread::sleep_for(2ms);
    now = wall_ns();
  }
  const Took closing = time([] { close(500ms); });
  const CategoryStats errors = stats().errors();
  return {static_cast<double>(captured), (most - before) / 1024, static_cast<double>(errors.sent),
          static_cast<double>(errors.dropped_total()), closing.wall / 1e6};
}

void run(const Arguments& arguments) {
  Report report("outage", {"the server", "captured", "memory grew by, MiB", "sent", "dropped",
                           "close(500 ms) took, ms"});
  for (const Mood mood : {Mood::well, Mood::hung, Mood::slow, Mood::gone, Mood::limiting}) {
    const std::string name(name_of(mood));
    if (!arguments.wants(name)) continue;
    const Sink sink(mood);
    const auto found = in_child([&] { return measure(sink, arguments.quick ? 400ms : 3000ms); });
    std::vector<Cell> row{name};
    row.insert(row.end(), found.begin(), found.end());
    report.add(std::move(row));
  }
  report.write(arguments.json);
}

}  // namespace
}  // namespace picket::bench

int main(int argc, char** argv) {
  picket::bench::run(picket::bench::Arguments::parse(
      argc, argv, "picket_bench_outage [--quick] [--only=TEXT] [--json=FILE]"));
  return 0;
}
