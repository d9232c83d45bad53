#pragma once

// A `RateLimiter` remembers, per data category, until when the server asked us to be quiet.
// The worker feeds it every response and asks it before every send.
// What it turns away is counted by the caller, see `protocol/loss_ledger.hpp`.

#include "picket/clock.hpp"
#include "picket/transport.hpp"
#include "protocol/data_category.hpp"

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace picket::transport {

/// Threads: the worker only.
class RateLimiter {
 public:
  explicit RateLimiter(Clock clock);

  /// Applies one response; of two limits on a category the later expiry wins.
  /// Errors: malformed groups are skipped, the rest still apply.
  /// Units:  header values are seconds; fractions round up.
  /// Spec:   P6.1 to P6.3.
  void observe(const TransportResponse& response) noexcept;

  /// How long `category` has to wait; zero: not at all. Limits on everything count for each but
  /// `internal`.
  [[nodiscard]] std::chrono::nanoseconds remaining(protocol::DataCategory category) const noexcept;
  [[nodiscard]] bool is_limited(protocol::DataCategory category) const noexcept {
    return remaining(category) > std::chrono::nanoseconds::zero();
  }

  struct Limit {
    std::string name{};
    SteadyTime until{};

    friend bool operator==(const Limit&, const Limit&) = default;
  };

  /// Every limit in force, also those on categories that we have no items for.
  [[nodiscard]] std::vector<Limit> limits() const;

 private:
  void apply(std::string_view group) noexcept;  // one `seconds:categories:scope:…`
  void quiet_all(std::chrono::seconds wait) noexcept;
  void quiet(protocol::DataCategory category, std::chrono::seconds wait) noexcept;
  void quiet_other(std::string_view name, std::chrono::seconds wait) noexcept;

  Clock clock_;
  std::array<SteadyTime, protocol::kDataCategoryCount> quiet_until_{};
  std::vector<Limit> others_{};  // names that we do not know, at most `kMaxOthers`
};

}  // namespace picket::transport
