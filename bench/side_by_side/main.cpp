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
#include "side_by_side/table.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace picket::bench {
namespace {

struct Samples {
  std::vector<double> cpu{};
  std::vector<double> wall{};

  void add(const Took& took, int times) {
    cpu.push_back(took.cpu / times);
    wall.push_back(took.wall / times);
  }
  [[nodiscard]] Took median() const {
    if (cpu.empty()) return {kNone, kNone};
    return {bench::median(cpu), bench::median(wall)};
  }
};

class Bench {
 public:
  Line measure(const Row& row, int repetitions) {
    const bool starts = !row.off && row.operation != Operation::init_close;
    if (starts) start(row);
    if (row.operation == Operation::init_close) prepare(row);
    Samples samples[3];
    for (int i = -1; i < repetitions; ++i) {
      Samples thrown_away;
      const auto into = [&](int which) -> Samples& { return i < 0 ? thrown_away : samples[which]; };
      const auto run = [&](Side& side, int which) {
        into(which).add(time([&] { side.run(row.operation, row.times); }), row.times);
        if (starts) side.settle();
      };
      if (i % 2 == 0) run(*ours_, 0);
      if (row.has_peer) run(*theirs_, 1);
      if (i % 2 != 0) run(*ours_, 0);
      if (row.floor != nullptr) {
        into(2).add(time([&] { row.floor(row.times); }), row.times);
      }
    }
    Line line{.row = row.name, .budget = row.budget};
    const auto judged = [&](const Took& took) { return row.by_wall ? took.wall : took.cpu; };
    line.ours = judged(samples[0].median());
    line.theirs = judged(samples[1].median());
    line.floor = judged(samples[2].median());
    line.ours_wall = samples[0].median().wall;
    line.theirs_wall = samples[1].median().wall;
    if (starts) line.ours_lost = ours_->stop();
    if (starts && row.has_peer) line.theirs_lost = theirs_->stop();
    return line;
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
};

int repetitions_of(const Row& row, bool quick) {
  if (row.times == 1) return quick ? 101 : 501;
  return quick ? 9 : 41;
}

void run(const Arguments& arguments) {
  Table table;
  run_outage(table, arguments);
  run_deliveries(table, arguments);
  Bench bench;
  for (const Row& row : rows()) {
    if (!arguments.wants(row.name)) continue;
    table.add(bench.measure(row, repetitions_of(row, arguments.quick)));
  }
  table.write(arguments.json);
}

}  // namespace
}  // namespace picket::bench

int main(int argc, char** argv) {
  picket::bench::run(picket::bench::Arguments::parse(
      argc, argv, "picket_bench_side_by_side [--quick] [--only=TEXT] [--json=FILE]"));
  return 0;
}
