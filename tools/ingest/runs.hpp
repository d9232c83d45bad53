#pragma once

// What a service told of its finished work: runs of commands, queries of databases, calls of other
// services. Metrics tell of every run; transactions and their spans of the sampled ones.

#include "ingest/facts.hpp"
#include "ingest/metrics.hpp"
#include "picket/clock.hpp"

#include <string>
#include <vector>

namespace picket::ingest {

/// Spec: S10.5.
struct CommandRun {
  WallTime end{};
  std::string command{};
  Outcome outcome = Outcome::ok;
  std::string release{};  // empty: not told
};

/// From `….command.usage`, and for commands without it from `….command.execution_time`.
/// Spec: T13, S6.12.
std::vector<CommandRun> runs_of_metrics(const std::vector<MetricRecord>& metrics);

/// From transactions with the tag `command.name` whose op is `command` or below.
std::vector<CommandRun> runs_of_transactions(const std::vector<Value>& transactions);

/// Something that was timed: a run, a query, a call.
/// Units: milliseconds.
struct Timed {
  WallTime end{};
  std::string name{};
  double milliseconds = 0;
  std::string status{};  // of an HTTP call: `2xx` to `5xx`, or `none`
};

/// From `….command.execution_time`. Spec: S10.2.
std::vector<Timed> command_times(const std::vector<MetricRecord>& metrics);

/// From `….database.operation.duration` and spans of the database family. Spec: S10.3.
std::vector<Timed> database_times(const std::vector<MetricRecord>& metrics,
                                  const std::vector<Value>& transactions);

/// From `….api.call.duration` and spans of the API family. Spec: S10.4.
std::vector<Timed> api_times(const std::vector<MetricRecord>& metrics,
                             const std::vector<Value>& transactions);

/// To the microsecond.
WallTime wall_time(double seconds);

}  // namespace picket::ingest
