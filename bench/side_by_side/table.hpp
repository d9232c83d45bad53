#pragma once

// The table that comes out: a line for each row of the budget.

#include "measure.hpp"
#include "report.hpp"
#include "side_by_side/rows.hpp"

#include <limits>
#include <string>

namespace picket::bench {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Line {
  std::string row;
  std::string unit = "ns";
  double theirs = kNone;  // these two are compared
  double ours = kNone;
  Budget budget{};
  double floor = kNone;
  double theirs_wall = kNone;
  double ours_wall = kNone;
  std::size_t theirs_lost = 0;  // items, as far as the library tells
  std::size_t ours_lost = 0;
};

class Table {
 public:
  Table();
  void add(const Line& line);
  void write(const std::string& path) const { report_.write(path); }

 private:
  Report report_;
};

/// Rows that need processes of their own: delivery over HTTP, and a server that hangs. To be called
/// while the process has one thread and neither library is started.
void run_deliveries(Table& table, const Arguments& arguments);
void run_outage(Table& table, const Arguments& arguments);

}  // namespace picket::bench
