#pragma once

// The key figures of a service, counted in the process itself: how many errors, how long commands,
// database queries and calls of other services take, how many commands fail, how many users are
// hit. They count what happened, before sampling, limits and losses, but after ignored errors and
// duplicates. `picket::stats().figures` has them; `Options::on_stats` exports them.

#include "picket/export.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace picket {

struct Stats;

/// How often something happened. Windows slide: sixty buckets of a second, sixty of a minute.
struct Rate {
  std::uint64_t last_minute = 0;
  std::uint64_t last_hour = 0;
  std::uint64_t total = 0;

  friend bool operator==(const Rate&, const Rate&) = default;
};

/// How long something took.
/// Units: milliseconds. Percentiles are within 1 % of a value that occurred.
struct Timing {
  std::uint64_t count = 0;
  double mean = 0;
  double max = 0;
  double p50 = 0;
  double p95 = 0;

  friend bool operator==(const Timing&, const Timing&) = default;
};

/// Runs of one command, or of all.
/// Spec: S10.2, S10.5.
struct CommandFigures {
  Timing timing{};
  Rate ok{};
  Rate failed{};
  Rate user_errors{};  // neither

  /// failed / (ok + failed); 0 while there was neither.
  double failed_share_last_minute = 0;
  double failed_share = 0;

  /// The longest run that ended within the last minute. Milliseconds.
  double longest_last_minute = 0;

  friend bool operator==(const CommandFigures&, const CommandFigures&) = default;
};

/// Calls of one service or endpoint.
/// Spec: S10.4.
struct ApiFigures {
  Timing timing{};
  std::map<std::string, std::uint64_t> by_status{};  // `2xx`, `3xx`, `4xx`, `5xx`, `none`

  friend bool operator==(const ApiFigures&, const ApiFigures&) = default;
};

/// Names per dimension are bounded: 256, further ones count as `other`.
/// Spec: S10.1 to S10.6.
struct Figures {
  Rate errors{};                                 // of level error or fatal
  std::map<std::string, Rate> errors_by_kind{};  // by the tag `error.type`
  std::map<std::string, Rate> errors_by_type{};  // by class name, without its namespace
  CommandFigures all_commands{};
  std::map<std::string, CommandFigures> commands{};
  std::map<std::string, Timing> database{};  // by operation, or by description of the span
  Rate database_errors{};
  std::map<std::string, ApiFigures> api{};
  std::uint64_t affected_users = 0;  // distinct, of errors; counted exactly up to 4096
  std::uint64_t suppressed = 0;      // by `Options::error_limit` and storm control

  friend bool operator==(const Figures&, const Figures&) = default;
};

/// Called on the client's worker every `Options::stats_interval`; what it throws is contained.
using OnStats = std::function<void(const Stats&)>;

/// One object, for exports. Spec: S10.6.
PICKET_EXPORT std::string to_json(const Stats& stats);

}  // namespace picket
