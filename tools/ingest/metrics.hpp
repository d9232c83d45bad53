#pragma once

// The numbers that services record, as they came in `trace_metric` containers: one record for each
// observation, nothing is summed up on the way. `Received::metrics()` has them for tests;
// `history.hpp` makes figures of those that tell how commands, queries and calls went.

#include "picket/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace picket::ingest {

/// Spec: P5.3.
struct MetricRecord {
  std::string type{};  // counter, gauge or distribution
  std::string name{};
  double value = 0;
  std::string unit{};
  double timestamp = 0;  // seconds since 1970
  std::string trace_id{};
  std::string span_id{};
  Object attributes{};  // the bare values, without their types

  /// The attribute, or null.
  [[nodiscard]] const Value& attribute(std::string_view key) const;

  /// The attribute as text, whatever its type; empty if there is none.
  [[nodiscard]] std::string text(std::string_view key) const;

  /// `bot.command.usage` is `command.usage`: what stands before it is the service's own.
  [[nodiscard]] bool is(std::string_view short_name) const;
};

/// The records of one container.
std::vector<MetricRecord> read_metrics(const Value& payload);

}  // namespace picket::ingest
