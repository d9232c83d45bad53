#include "side_by_side/table.hpp"

#include <cmath>

namespace picket::bench {
namespace {

std::string budget_of(const Line& line) {
  if (line.budget.ratio > 0) return "1/" + std::to_string(std::lround(1 / line.budget.ratio));
  if (line.budget.most > 0) return std::to_string(std::lround(line.budget.most)) + " " + line.unit;
  return "–";
}

std::string verdict_of(const Line& line) {
  if (line.budget.ratio > 0) return line.ours <= line.theirs * line.budget.ratio ? "yes" : "no";
  if (line.budget.most > 0) return line.ours <= line.budget.most ? "yes" : "no";
  return "–";
}

}  // namespace

Table::Table()
    : report_("side_by_side", {"row", "unit", "peer", "ours", "peer/ours", "budget", "met", "floor",
                               "peer wall", "ours wall", "peer lost", "ours lost"}) {
  report_.note("peer", PICKET_BENCH_PEER);
}

void Table::add(const Line& line) {
  report_.add({line.row, line.unit, line.theirs, line.ours, line.theirs / line.ours,
               budget_of(line), verdict_of(line), line.floor, line.theirs_wall, line.ours_wall,
               static_cast<double>(line.theirs_lost), static_cast<double>(line.ours_lost)});
}

}  // namespace picket::bench
