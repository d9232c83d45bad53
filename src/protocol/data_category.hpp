#pragma once

// The one list of data categories, for rate limits, losses and items alike.

#include "base/text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace picket::protocol {

/// Spec: P6.4.
enum class DataCategory : std::uint8_t {
  error,
  transaction,
  span,
  log_item,
  log_byte,
  trace_metric,
  trace_metric_byte,
  attachment,  // counted in bytes
  session,
  monitor,
  feedback,
  profile,
  profile_chunk,
  internal,  // client reports
};

inline constexpr std::size_t kDataCategoryCount = 14;

std::string_view to_text(DataCategory category) noexcept;

/// The category of that name, other names of the same items included (`attachment_item`,
/// `user_report_v2`, …); nothing for names we have no items for.
std::optional<DataCategory> parse_data_category(std::string_view name) noexcept;

/// What is given up first when room is short: a higher number is worth more.
/// Spec: P7.7, architecture 2.2.
int priority_of(DataCategory category) noexcept;

/// Above every category: a fatal event, after which there may be no other.
inline constexpr int kFatalPriority = 6;

/// From here on items are kept, and sent first, when not all of them can be.
inline constexpr int kValuablePriority = 4;

/// Why something was not sent.
/// Spec: P5.9.
enum class DiscardReason : std::uint8_t {
  queue_overflow,
  buffer_overflow,
  cache_overflow,
  ratelimit_backoff,
  network_error,
  send_error,
  internal_sdk_error,
  sample_rate,
  backpressure,
  before_send,
  event_processor,
  ignored,
  insufficient_data,
  invalid,
  rate_limited,  // refused by a 429: the server has counted it, so it is never reported
};

inline constexpr std::size_t kDiscardReasonCount = 15;

std::string_view to_text(DiscardReason reason) noexcept;

}  // namespace picket::protocol
