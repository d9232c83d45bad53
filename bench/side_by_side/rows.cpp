#include "side_by_side/rows.hpp"

namespace picket::bench {
namespace {

Setting with_breadcrumbs(int count) { return {.fill_scope = true, .breadcrumbs = count}; }

std::vector<Row> rows_while_off() {
  static constexpr Budget kBudget{.most = 2};
  static constexpr int kTimes = 20'000;
  const auto row = [](const char* name, Operation operation, bool has_peer) {
    return Row{.name = name,
               .operation = operation,
               .times = kTimes,
               .budget = kBudget,
               .floor = floor_load_and_branch,
               .off = true,
               .has_peer = has_peer};
  };
  return {row("off: capture_message", Operation::message, false),
          row("off: breadcrumb, 2 values", Operation::breadcrumb, false),
          row("off: set_tag", Operation::tag, false), row("off: span", Operation::span, false)};
}

Row message(int breadcrumbs) {
  return {.name = "capture_message, " + std::to_string(breadcrumbs) + " crumbs",
          .operation = Operation::message,
          .setting = with_breadcrumbs(breadcrumbs),
          .budget = {.ratio = 1.0 / 60},
          .floor = floor_id_clock_and_slot};
}

Row transaction(const char* name, double rate, double ratio, Floor floor) {
  return {.name = name,
          .operation = Operation::transaction,
          .setting = {.traces_sample_rate = rate},
          .budget = {.ratio = ratio},
          .floor = floor};
}

}  // namespace

std::vector<Row> rows() {
  std::vector<Row> all = rows_while_off();
  all.insert(all.end(),
             {{.name = "breadcrumb, 2 values",
               .operation = Operation::breadcrumb,
               .times = 1000,
               .budget = {.ratio = 1.0 / 15},
               .floor = floor_clock_and_copy},
              {.name = "set_tag, same key",
               .operation = Operation::tag,
               .times = 5000,
               .budget = {.ratio = 1.0 / 2}},
              message(0),
              message(20),
              message(100),
              {.name = "capture_message, the worker asleep",
               .operation = Operation::message,
               .setting = with_breadcrumbs(20),
               .times = 1,
               .floor = floor_id_clock_and_slot},
              {.name = "capture_exception, 20 frames, 100 crumbs",
               .operation = Operation::exception,
               .setting = with_breadcrumbs(100),
               .budget = {.ratio = 1.0 / 20},
               .floor = floor_unwind},
              transaction("transaction, 10 spans, sampled", 1, 1.0 / 45, floor_22_clock_reads),
              transaction("transaction, 10 spans, unsampled", 0, 1.0 / 400, floor_11_ids),
              {.name = "log line",
               .operation = Operation::log_line,
               .budget = {.ratio = 1.0 / 40},
               .floor = floor_clock_and_copy},
              {.name = "metric count",
               .operation = Operation::metric,
               .budget = {.ratio = 1.0 / 40},
               .floor = floor_clock_and_copy},
              {.name = "sampled-out event",
               .operation = Operation::message,
               .setting = {.sample_rate = 0, .fill_scope = true},
               .budget = {.most = 50},
               .floor = floor_random_number},
              {.name = "init + close",
               .operation = Operation::init_close,
               .times = 4,
               .budget = {.most = 1'000'000},
               .floor = floor_thread_start,
               .by_wall = true}});
  return all;
}

}  // namespace picket::bench
