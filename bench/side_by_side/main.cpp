// The rows of the budget on picket and on the official native SDK, taking turns in one process:
// whatever slows the machine down slows both. Medians of the repetitions; the calling thread's CPU
// is what counts, the wall clock stands beside it. What was captured leaves outside of what is
// timed, and one go fits into the queue.
//
//   picket_bench_side_by_side [--quick] [--only=TEXT] [--json=FILE]

#include "measure.hpp"
#include "report.hpp"
#include "side_by_side/rows.hpp"
#include "side_by_side/side.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace picket::bench {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Samples {
  std::vector<double> cpu{};
  std::vector<double> wall{};

  void add(const Took& took, const Took& nothing, int times) {
    cpu.push_back(std::max(0.0, took.cpu - nothing.cpu) / times);
    wall.push_back(std::max(0.0, took.wall - nothing.wall) / times);
  }
  [[nodiscard]] Took median() const {
    if (cpu.empty()) return {kNone, kNone};
    return {bench::median(cpu), bench::median(wall)};
  }
};

struct Result {
  Took ours{};
  Took theirs{};
  double floor = kNone;
  std::size_t ours_lost = 0;
  std::size_t theirs_lost = 0;
};

/// What reading the clocks costs; taken off each time.
Took cost_of_the_clocks() {
  Samples samples;
  for (int i = 0; i < 101; ++i) samples.add(time([] {}), {}, 1);
  return samples.median();
}

class Bench {
 public:
  Bench() : nothing_(cost_of_the_clocks()) {}

  Result measure(const Row& row, int repetitions) {
    const bool starts = !row.off && row.operation != Operation::init_close;
    if (starts) start(row);
    if (row.operation == Operation::init_close) prepare(row);
    Samples samples[3];
    for (int i = -1; i < repetitions; ++i) {
      Samples thrown_away;
      const auto into = [&](int which) -> Samples& { return i < 0 ? thrown_away : samples[which]; };
      const auto run = [&](Side& side, int which) {
        into(which).add(time([&] { side.run(row.operation, row.times); }), nothing_, row.times);
        if (starts) side.settle();
      };
      if (i % 2 == 0) run(*ours_, 0);
      if (row.has_peer) run(*theirs_, 1);
      if (i % 2 != 0) run(*ours_, 0);
      if (row.floor != nullptr) {
        into(2).add(time([&] { row.floor(row.times); }), nothing_, row.times);
      }
    }
    const Took floor = samples[2].median();
    Result result{samples[0].median(), samples[1].median(), row.by_wall ? floor.wall : floor.cpu};
    if (starts) result.ours_lost = ours_->stop();
    if (starts && row.has_peer) result.theirs_lost = theirs_->stop();
    return result;
  }

 private:
  void start(const Row& row) {
    ours_->start(row.setting);
    if (row.has_peer) theirs_->start(row.setting);
  }

  /// Both know the setting, neither is running.
  void prepare(const Row& row) {
    start(row);
    ours_->stop();
    theirs_->stop();
  }

  std::unique_ptr<Side> ours_ = ours();
  std::unique_ptr<Side> theirs_ = theirs();
  Took nothing_;
};

int repetitions_of(const Row& row, bool quick) {
  if (row.times == 1) return quick ? 101 : 501;
  return quick ? 9 : 41;
}

std::string budget_of(const Row& row) {
  if (row.budget.ratio > 0) return "1/" + to_text(1 / row.budget.ratio);
  if (row.budget.ns > 0) return to_text(row.budget.ns) + " ns";
  return "–";
}

std::string verdict_of(const Row& row, double ours, double theirs) {
  if (row.budget.ratio > 0) return ours <= theirs * row.budget.ratio ? "yes" : "no";
  if (row.budget.ns > 0) return ours <= row.budget.ns ? "yes" : "no";
  return "–";
}

void run(const Arguments& arguments) {
  Report report("side_by_side",
                {"row", "peer ns", "ours ns", "peer/ours", "budget", "met", "floor ns",
                 "peer wall ns", "ours wall ns", "peer lost", "ours lost"});
  report.note("peer", PICKET_BENCH_PEER);
  Bench bench;
  for (const Row& row : rows()) {
    if (!arguments.wants(row.name)) continue;
    const Result result = bench.measure(row, repetitions_of(row, arguments.quick));
    const double ours = row.by_wall ? result.ours.wall : result.ours.cpu;
    const double theirs = row.by_wall ? result.theirs.wall : result.theirs.cpu;
    report.add({row.name, theirs, ours, theirs / ours, budget_of(row),
                verdict_of(row, ours, theirs), result.floor, result.theirs.wall, result.ours.wall,
                static_cast<double>(result.theirs_lost), static_cast<double>(result.ours_lost)});
  }
  report.write(arguments.json);
}

}  // namespace
}  // namespace picket::bench

int main(int argc, char** argv) {
  picket::bench::run(picket::bench::Arguments::parse(
      argc, argv, "picket_bench_side_by_side [--quick] [--only=TEXT] [--json=FILE]"));
  return 0;
}
