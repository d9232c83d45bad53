// Whatever a server answers, a limit is a whole number of seconds within a day, is never shortened
// by a later answer, touches what the answer names and nothing else, and spares client reports.
// The input is a run of answers of three lines: status, X-Sentry-Rate-Limits, Retry-After.

#include "fuzz.hpp"

#include "base/text.hpp"
#include "support/test_clock.hpp"
#include "transport/http_date.hpp"
#include "transport/rate_limiter.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>
#include <string>

using picket::fuzz::require;

namespace {

using namespace std::chrono_literals;
namespace transport = picket::transport;
using picket::TransportResponse;
using picket::protocol::DataCategory;

using Waits = std::array<std::chrono::nanoseconds, picket::protocol::kDataCategoryCount>;

constexpr auto kInternal = static_cast<std::size_t>(DataCategory::internal);

Waits waits_of(const transport::RateLimiter& limiter) {
  Waits waits{};
  for (std::size_t i = 0; i < waits.size(); ++i) {
    waits[i] = limiter.remaining(static_cast<DataCategory>(i));
  }
  return waits;
}

std::string_view cut(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

/// What one group of the header names; empty when it names nothing of ours.
struct Named {
  bool everything = false;
  std::array<bool, picket::protocol::kDataCategoryCount> categories{};
};

Named named_by(std::string_view group) {
  cut(group, ':');
  std::string_view names = picket::base::trim(cut(group, ':'));
  Named named;
  named.everything = names.empty();
  while (!names.empty()) {
    const auto name = picket::base::trim(cut(names, ';'));
    if (const auto category = picket::protocol::parse_data_category(name)) {
      named.categories[static_cast<std::size_t>(*category)] = true;
    }
  }
  return named;
}

/// The seconds of short, plain numbers, computed in another way than the limiter does.
std::optional<std::chrono::seconds> plain_seconds(std::string_view text) {
  const bool is_plain = !text.empty() && text.size() <= 12 && text.back() != '.' &&
                        text.front() >= '0' && text.front() <= '9' &&
                        text.find_first_not_of("0123456789.") == std::string_view::npos;
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!is_plain || fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(std::min(std::ceil(value), 86400.0)));
}

/// What the limiter makes of one answer when nothing was limited before.
Waits alone(const TransportResponse& response, const picket::Clock& clock) {
  transport::RateLimiter limiter(clock);
  limiter.observe(response);
  return waits_of(limiter);
}

void check_group(std::string_view group, const picket::Clock& clock) {
  if (picket::base::trim(group).empty()) return;
  const Waits waits = alone({200, {}, std::string(group), {}}, clock);
  const Named named = named_by(group);
  const auto expected = plain_seconds(picket::base::trim(group.substr(0, group.find(':'))));
  for (std::size_t i = 0; i < waits.size(); ++i) {
    if (i == kInternal) continue;
    const bool is_named = named.everything || named.categories[i];
    require(is_named || waits[i] == 0ns, "a group limits just what it names");
    require(!is_named || !expected || waits[i] == *expected, "for as long as it says, rounded up");
  }
}

/// A header has the effect of its groups together.
void check_groups(std::string_view header, const picket::Clock& clock) {
  if (picket::base::trim(header).empty()) return;
  const Waits together = alone({200, {}, std::string(header), {}}, clock);
  transport::RateLimiter one_by_one(clock);
  while (!header.empty()) {
    const std::string_view group = cut(header, ',');
    check_group(group, clock);
    one_by_one.observe({200, {}, std::string(group), {}});
  }
  require(waits_of(one_by_one) == together, "groups act one by one");
}

void check_retry_after(const TransportResponse& response, const Waits& waits,
                       const picket::Clock& clock) {
  require(std::count(waits.begin(), waits.end(), waits[0]) >= std::ptrdiff_t(waits.size()) - 1,
          "Retry-After is for everything alike");
  const std::string_view text = picket::base::trim(response.retry_after);
  if (const auto expected = plain_seconds(text)) require(waits[0] == *expected, "as many seconds");
  const auto date = transport::parse_http_date(text);
  if (!date) return;
  // A number is not a date; a date ends the wait at the very second that it names.
  const auto left = *date - clock.wall();
  if (left <= 0s) require(waits[0] == 0ns, "a date in the past limits nothing");
  if (left > 0s && left < 24h) require(waits[0] >= left && waits[0] < left + 1s, "until the date");
  if (left >= 24h) require(waits[0] == 24h, "a day at most");
}

void check_date(std::string_view text) {
  const auto date = transport::parse_http_date(text);
  if (!date || *date >= std::chrono::sys_days(std::chrono::year(10000) / 1 / 1)) return;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(date->time_since_epoch());
  const std::string normal =
      fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(std::time_t{seconds.count()}));
  require(transport::parse_http_date(normal) == date, "a date reads back the same");
}

void check_answer(transport::RateLimiter& limiter, const TransportResponse& response,
                  const picket::Clock& clock) {
  const Waits before = waits_of(limiter);
  limiter.observe(response);
  const Waits after = waits_of(limiter);
  const Waits own = alone(response, clock);
  for (std::size_t i = 0; i < after.size(); ++i) {
    require(own[i] >= 0ns && own[i] <= 24h, "a limit is within a day");
    require(own[i] % 1s == 0ns, "and in whole seconds");
    require(after[i] == std::max(before[i], own[i]), "the later limit wins");
  }
  require(after[kInternal] == 0ns, "client reports are never limited");
  const bool has_limits = !picket::base::trim(response.rate_limits).empty();
  if (response.status == 0 || (response.status != 429 && !has_limits)) {
    require(own == Waits{}, "no word of a limit is no limit");
  } else if (!has_limits) {
    check_retry_after(response, own, clock);
  } else {
    TransportResponse bare = response;
    bare.status = 200;
    bare.retry_after.clear();
    require(alone(bare, clock) == own, "the header counts the same with any status");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = picket::fuzz::as_text(data, size);
  const auto source = std::make_shared<picket::test::TestClock>();
  const picket::Clock clock(source);
  transport::RateLimiter limiter(clock);
  for (int answers = 0; answers < 8 && !text.empty(); ++answers) {
    TransportResponse response;
    const std::string_view status = cut(text, '\n');
    std::from_chars(status.data(), status.data() + status.size(), response.status);
    response.rate_limits = cut(text, '\n');
    response.retry_after = cut(text, '\n');
    check_answer(limiter, response, clock);
    check_groups(response.rate_limits, clock);
    check_date(response.retry_after);
    source->advance(7s);
  }
  return 0;
}
