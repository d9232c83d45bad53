#pragma once

// What became of everything that was captured.

#include "picket/figures.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace picket {

/// Counts of one data category, such as `error` or `attachment`.
struct CategoryStats {
  std::uint64_t captured = 0;   // by this process, and what it found in the spool
  std::uint64_t recovered = 0;  // of those, what it found in the spool
  std::uint64_t sent = 0;
  std::uint64_t spooled = 0;                       // on disk, to be sent when the server answers
  std::uint64_t pending = 0;                       // queued, in work, or waiting for a retry
  std::map<std::string, std::uint64_t> dropped{};  // by discard reason, as in client reports

  [[nodiscard]] std::uint64_t dropped_total() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& [reason, count] : dropped) sum += count;
    return sum;
  }

  friend bool operator==(const CategoryStats&, const CategoryStats&) = default;
};

/// How delivery is doing.
struct DeliveryStats {
  bool is_reachable = true;    // false from a failed attempt until one succeeds
  std::uint64_t attempts = 0;  // requests
  std::uint64_t failures = 0;  // of those, the ones that are tried again or given up
  std::uint64_t repeated = 0;  // bodies that the HTTP library sent once more by itself
  std::size_t queue_items = 0;
  std::size_t queue_bytes = 0;  // estimated
  std::size_t spool_items = 0;  // envelopes
  std::size_t spool_bytes = 0;
  std::uint64_t spool_damaged = 0;  // places in spool files that made no sense and were skipped
  std::uint64_t untold = 0;         // outcomes that `Options::on_delivery` was not told of
  unsigned backpressure = 0;        // transaction sampling is divided by 2 to this power

  /// How long each limited category still waits, by the server's own names.
  std::map<std::string, std::chrono::milliseconds> rate_limits{};

  friend bool operator==(const DeliveryStats&, const DeliveryStats&) = default;
};

/// A consistent snapshot: in every category
/// `captured == sent + spooled + dropped_total() + pending`.
/// Units: items, but bytes for `attachment`.
/// Spec: P5.9.
struct Stats {
  std::map<std::string, CategoryStats> categories{};
  DeliveryStats delivery{};
  Figures figures{};

  /// The counts of `category`; zeros when nothing of that kind was ever captured.
  [[nodiscard]] CategoryStats of(const std::string& category) const {
    const auto found = categories.find(category);
    return found == categories.end() ? CategoryStats{} : found->second;
  }
  [[nodiscard]] CategoryStats errors() const { return of("error"); }

  friend bool operator==(const Stats&, const Stats&) = default;
};

}  // namespace picket
