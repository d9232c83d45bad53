#pragma once

// `Chaos` fails at random, yet always in the same way: which request meets which fault follows from
// a seed and the number of the request alone. It is what long runs are tried with; what exactly
// shall go wrong at one place is said with a `Fault`.

#include "ingest/fault.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace picket::ingest {

/// Faults as a bad day brings them: errors that come and go, limits of at most a second, answers
/// that are lost, cut, late or too long, connections that break. Each is over within half a second.
/// No 413: that one tells of the envelope, not of the day.
std::vector<Fault> usual_faults();

struct Chaos {
  std::uint64_t seed = 0;
  double rate = 0.5;  // the share of requests that fail

  /// So many requests, then all is well.
  std::uint64_t requests = std::numeric_limits<std::uint64_t>::max();

  /// What may happen, all equally likely; `first`, `last` and `endpoint` do not count.
  std::vector<Fault> faults = usual_faults();

  /// Reads `SEED` or `SEED:RATE`.
  /// Errors: `Errc::invalid_argument`.
  static Result<Chaos> parse(std::string_view text);

  /// What happens to the `number`th request; nothing: all is well.
  [[nodiscard]] std::optional<Fault> for_request(std::uint64_t number) const;

  /// Likewise to a connection, before there is a request.
  [[nodiscard]] std::optional<Fault> for_connection(std::uint64_t number) const;
};

}  // namespace picket::ingest
