#pragma once

// What became of everything that was captured.

#include <cstdint>
#include <map>
#include <string>

namespace picket {

/// Counts of one data category, such as `error` or `attachment`.
struct CategoryStats {
  std::uint64_t captured = 0;
  std::uint64_t sent = 0;
  std::uint64_t pending = 0;                       // queued, in work, or waiting for a retry
  std::map<std::string, std::uint64_t> dropped{};  // by discard reason, as in client reports

  [[nodiscard]] std::uint64_t dropped_total() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& [reason, count] : dropped) sum += count;
    return sum;
  }

  friend bool operator==(const CategoryStats&, const CategoryStats&) = default;
};

/// A consistent snapshot: in every category `captured == sent + dropped_total() + pending`.
/// Units: items, but bytes for `attachment`.
/// Spec: P5.9.
struct Stats {
  std::map<std::string, CategoryStats> categories{};

  /// The counts of `category`; zeros when nothing of that kind was ever captured.
  [[nodiscard]] CategoryStats of(const std::string& category) const {
    const auto found = categories.find(category);
    return found == categories.end() ? CategoryStats{} : found->second;
  }
  [[nodiscard]] CategoryStats errors() const { return of("error"); }

  friend bool operator==(const Stats&, const Stats&) = default;
};

}  // namespace picket
