#include "transport/rate_limiter.hpp"

#include "base/contain.hpp"
#include "base/text.hpp"
#include "transport/http_date.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace picket::transport {
namespace {

using protocol::DataCategory;
using std::chrono::seconds;

constexpr seconds kLongest = std::chrono::hours(24);  // a typing error must not silence us for ever
constexpr seconds kDefault{60};
constexpr std::size_t kMaxOthers = 32;
constexpr std::size_t kMaxNameBytes = 64;

/// Cuts the part before `separator` off `text`, without blanks around it.
std::string_view next_part(std::string_view& text, char separator) noexcept {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return base::trim(part);
}

/// Reads `12`, `2.3` or `-1`; rounds up, saturates at `kLongest`, and takes a negative for zero.
/// By hand, because a general parser accepts `inf`, `nan` and exponents and can overflow.
std::optional<seconds> parse_seconds(std::string_view text) noexcept {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::int64_t whole = 0;
  bool digits = false, in_fraction = false, has_fraction = false;
  for (const char c : text) {
    if (c == '.' && !in_fraction) {
      in_fraction = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    digits = true;
    if (in_fraction) {
      has_fraction = has_fraction || c != '0';
    } else {
      whole = std::min<std::int64_t>(whole * 10 + (c - '0'), kLongest.count());
    }
  }
  if (!digits) return std::nullopt;
  if (negative) return seconds::zero();
  return std::min(seconds(whole + (has_fraction ? 1 : 0)), kLongest);
}

/// `Retry-After` as seconds or as a date.
seconds parse_retry_after(std::string_view text, WallTime now) noexcept {
  text = base::trim(text);
  if (const auto wait = parse_seconds(text)) return *wait;
  const auto date = parse_http_date(text);
  if (!date) return kDefault;
  // A date before `now` may be arbitrarily far away: only the difference of later ones is taken.
  return *date <= now ? seconds::zero()
                      : std::min(std::chrono::ceil<seconds>(*date - now), kLongest);
}

}  // namespace

RateLimiter::RateLimiter(Clock clock) : clock_(std::move(clock)) {}

void RateLimiter::observe(const TransportResponse& response) noexcept {
  if (response.status == 0) return;
  std::string_view limits = response.rate_limits;
  if (base::trim(limits).empty()) {
    if (response.status == 429) {
      quiet_all(parse_retry_after(response.retry_after, clock_.wall()));
    }
    return;
  }
  while (!limits.empty()) {
    apply(next_part(limits, ','));
  }
}

std::chrono::nanoseconds RateLimiter::remaining(DataCategory category) const noexcept {
  const SteadyTime until = quiet_until_[static_cast<std::size_t>(category)];
  if (until == SteadyTime{}) return std::chrono::nanoseconds::zero();  // saves reading the clock
  return std::max<std::chrono::nanoseconds>(until - clock_.steady(),
                                            std::chrono::nanoseconds::zero());
}

void RateLimiter::apply(std::string_view group) noexcept {
  const auto wait = parse_seconds(next_part(group, ':'));
  if (!wait) return;
  std::string_view names = next_part(group, ':');
  if (names.empty()) return quiet_all(*wait);
  while (!names.empty()) {
    // Names that we have no items for are only remembered; they never stand for "all".
    const std::string_view name = next_part(names, ';');
    if (const auto category = protocol::parse_data_category(name)) {
      quiet(*category, *wait);
    } else {
      quiet_other(name, *wait);
    }
  }
}

void RateLimiter::quiet_all(seconds wait) noexcept {
  for (std::size_t i = 0; i < protocol::kDataCategoryCount; ++i) {
    quiet(static_cast<DataCategory>(i), wait);
  }
}

void RateLimiter::quiet(DataCategory category, seconds wait) noexcept {
  if (category == DataCategory::internal) return;  // the server never limits reports
  SteadyTime& until = quiet_until_[static_cast<std::size_t>(category)];
  until = std::max(until, clock_.steady() + wait);
}

void RateLimiter::quiet_other(std::string_view name, seconds wait) noexcept {
  if (name.empty() || name.size() > kMaxNameBytes) return;
  base::contain([&] {
    const SteadyTime now = clock_.steady();
    std::erase_if(others_, [&](const Limit& limit) { return limit.until <= now; });
    const auto known = std::find_if(others_.begin(), others_.end(),
                                    [&](const Limit& limit) { return limit.name == name; });
    if (known != others_.end()) {
      known->until = std::max(known->until, now + wait);
    } else if (others_.size() < kMaxOthers) {
      others_.push_back({std::string(name), now + wait});
    }
  });
}

std::vector<RateLimiter::Limit> RateLimiter::limits() const {
  const SteadyTime now = clock_.steady();
  std::vector<Limit> all;
  for (std::size_t i = 0; i < protocol::kDataCategoryCount; ++i) {
    if (quiet_until_[i] <= now) continue;
    all.push_back({std::string(to_text(static_cast<DataCategory>(i))), quiet_until_[i]});
  }
  for (const Limit& limit : others_) {
    if (limit.until > now) all.push_back(limit);
  }
  return all;
}

}  // namespace picket::transport
