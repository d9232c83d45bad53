#pragma once

// The rows of the table: what is done, how often in one go, and which budget it has.

#include "floors.hpp"
#include "side_by_side/side.hpp"

#include <string>
#include <vector>

namespace picket::bench {

/// Ours may take `peer * ratio`, or `most` where that is said, in the unit of the row.
struct Budget {
  double ratio = 0;
  double most = 0;
};

struct Row {
  std::string name;
  Operation operation;
  Setting setting{};
  int times = 100;  // in one go: fewer than the queue holds, so that nothing is dropped
  Budget budget{};
  Floor floor = nullptr;
  bool off = false;  // neither library is started
  bool has_peer = true;
  bool by_wall = false;  // judged by the wall clock, because other threads do part of it
};

/// Rows whose cost is that of the calling thread.
std::vector<Row> rows();

}  // namespace picket::bench
