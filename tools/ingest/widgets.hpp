#pragma once

// The five widgets of a dashboard, from received data alone: which commands fail, how long things
// take, how many users are hit, how releases compare, and how the host's own tags break down.
// `widget_tables.hpp` writes them for people and programs.
//
// Errors are events of level error or fatal. An empty name stands for items that do not say theirs.

#include "ingest/received.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace picket::ingest {

/// Runs of commands. User errors are neither successes nor failures (S10.5).
struct RunCounts {
  std::uint64_t all = 0;
  std::uint64_t failed = 0;
  std::uint64_t user_errors = 0;

  /// failed / (all - user_errors), nothing while there was neither.
  [[nodiscard]] std::optional<double> failed_share() const;
};

/// Sorted by errors, the most first, then by name.
struct CommandRow {
  std::string command{};  // the tag `command.name`
  std::uint64_t errors = 0;
  RunCounts runs{};
  bool from_metrics = false;  // the runs; else from transactions, of which some may be unsampled
};

/// Sorted by kind, transactions first, then by op.
/// Units: milliseconds.
struct OpRow {
  std::string op{};
  bool is_transaction = false;
  std::uint64_t count = 0;
  double p50 = 0;
  double p95 = 0;
};

/// Sorted by users, the most first, then by errors and name.
struct GroupRow {
  std::string group{};  // see `error_group`
  std::uint64_t users = 0;
  std::uint64_t errors = 0;
  std::uint64_t errors_without_user = 0;
};

/// Sorted by name.
struct ReleaseRow {
  std::string release{};
  std::uint64_t errors = 0;
  std::uint64_t transactions = 0;
  RunCounts runs{};

  /// errors / transactions, nothing without transactions. Sampling makes it too high, the failed
  /// share of the runs comes from metrics and does not suffer.
  [[nodiscard]] std::optional<double> error_rate() const;
};

/// Sorted by errors, then by transactions, then by value.
struct TagValueRow {
  std::string value{};
  std::uint64_t errors = 0;
  std::uint64_t transactions = 0;
};

struct TagTable {
  std::string tag{};
  std::vector<TagValueRow> values{};
};

struct Widgets {
  std::vector<CommandRow> commands{};
  std::vector<OpRow> ops{};
  std::vector<GroupRow> groups{};
  std::vector<ReleaseRow> releases{};
  std::vector<TagTable> tags{};  // in the order in which they were asked for
};

/// The tags that the demo's service sets.
std::vector<std::string> default_tags();

/// Spec: S10.9.
Widgets widgets_of(const Received& received, const std::vector<std::string>& tags = default_tags());

}  // namespace picket::ingest
