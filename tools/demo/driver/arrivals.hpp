#pragma once

// What reached the server, read from the JSON documents that `picket-ingest` prints, one for each
// request.

#include "picket/value.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace demo {

struct Arrivals {
  std::vector<picket::Value> events{};               // accepted ones in order of arrival
  std::vector<picket::Value> transactions{};         // the same
  std::map<std::string, std::uint64_t> metrics{};    // records by name
  std::map<std::string, std::uint64_t> discarded{};  // of client reports: `error queue_overflow`
  std::vector<std::string> complaints{};             // where an envelope broke the protocol
  std::vector<std::string> strange{};  // types of items that this demo has no name for
  std::size_t requests = 0;
  std::size_t refused = 0;     // turned away by a fault
  std::size_t duplicates = 0;  // events and transactions that came more than once

  /// Everything that client reports count under `category`.
  [[nodiscard]] std::uint64_t discarded_of(const std::string& category) const;
};

/// `2 errors, 1 message, 3 repeats, dropped 3 (error before_send)`; `nothing` of nothing.
std::string summary_of(const Arrivals& arrivals);

/// Errors: throws `std::runtime_error` for a line that is no document.
Arrivals read_arrivals(const std::vector<std::string>& documents);

}  // namespace demo
