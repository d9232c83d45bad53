#pragma once

// The two views of one run, the bot's own and the server's: the alerts that each raised, and the
// key figures that each counted.

#include "picket/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace demo {

/// An alert that was raised, or is over.
struct Alert {
  bool is_raised = false;
  std::string rule{};  // and its audience: `high_error_rate team`
  double value = 0;
  double threshold = 0;
  std::string command{};

  /// A raised one is above its threshold, one that is over is not.
  [[nodiscard]] bool is_plausible() const { return is_raised == (value > threshold); }
};

/// Those of the bot's log; see `bot/monitoring.cpp`.
std::vector<Alert> alerts_in(const std::vector<std::string>& log);

/// Those of the server's report.
std::vector<Alert> alerts_of(const picket::Value& report);

/// One line each, sorted: `raised slow_command developers > 5 slow`. Values are left out: of a
/// burst the bot may have seen more by the time it looks.
std::string to_text(const std::vector<Alert>& alerts);

/// Where two documents differ, in both directions: one line for each member that only one of them
/// has, and for each number that differs by more than `tolerance`, a share of the larger one.
/// Of many the first ten.
std::vector<std::string> differences(const picket::Value& bot, const picket::Value& server,
                                     double tolerance);

/// The part of the server's report for people that stands below such a title.
std::string section_of(const std::string& report, std::string_view title);

}  // namespace demo
