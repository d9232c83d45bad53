#pragma once

// What the command line says of monitoring beyond plain options of picket: each switch here stands
// for a few of them.

#include "bot/pace.hpp"
#include "picket/options.hpp"

#include <cstddef>
#include <string>

namespace bot {

struct MonitoringSwitches {
  bool filters = false;         // drop what is no news: see `apply`
  std::size_t error_limit = 0;  // errors of one type per minute; 0: all
  bool storm = false;           // of equal errors the 1st, 10th, 100th, …
  bool alerts = false;          // the ready-made rules, each change a line of the log
  bool pii = false;
  bool dry_run = false;
  std::string stats_file{};  // where the figures are exported to; empty: nowhere
};

/// Sets `options` as the switches say.
void apply(const MonitoringSwitches& switches, const Pace& pace, picket::Options& options);

/// Replaces the file by `stats` as JSON. What fails is told on the log.
void export_stats(const std::string& file, const picket::Stats& stats) noexcept;

}  // namespace bot
