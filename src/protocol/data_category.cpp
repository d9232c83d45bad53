#include "protocol/data_category.hpp"

#include <utility>

namespace picket::protocol {
namespace {

struct CategoryRow {
  std::string_view name;
  int priority;
};

// In the order of the enumeration. An attachment without its event is worth nothing, so it is the
// first to go; a report of losses waits like the transactions it mostly tells of.
constexpr std::array<CategoryRow, kDataCategoryCount> kCategories{{
    {"error", 5},
    {"transaction", 3},
    {"span", 3},
    {"log_item", 2},
    {"log_byte", 2},
    {"trace_metric", 2},
    {"trace_metric_byte", 2},
    {"attachment", 1},
    {"session", 4},
    {"monitor", 4},
    {"feedback", 5},
    {"profile", 2},
    {"profile_chunk", 2},
    {"internal", 3},
}};

// Names under which a server may limit the same items.
constexpr std::array<std::pair<std::string_view, DataCategory>, 5> kAliases{{
    {"attachment_item", DataCategory::attachment},
    {"user_report_v2", DataCategory::feedback},
    {"profile_chunk_ui", DataCategory::profile_chunk},
    {"profile_duration", DataCategory::profile_chunk},
    {"profile_duration_ui", DataCategory::profile_chunk},
}};

constexpr std::array<std::string_view, kDiscardReasonCount> kReasons{
    "queue_overflow",    "buffer_overflow", "cache_overflow",     "ratelimit_backoff",
    "network_error",     "send_error",      "internal_sdk_error", "sample_rate",
    "backpressure",      "before_send",     "event_processor",    "ignored",
    "insufficient_data", "invalid",         "rate_limited",
};

}  // namespace

std::string_view to_text(DataCategory category) noexcept {
  return kCategories[static_cast<std::size_t>(category)].name;
}

std::optional<DataCategory> parse_data_category(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kDataCategoryCount; ++i) {
    if (kCategories[i].name == name) return static_cast<DataCategory>(i);
  }
  for (const auto& [alias, category] : kAliases) {
    if (alias == name) return category;
  }
  return std::nullopt;
}

int priority_of(DataCategory category) noexcept {
  return kCategories[static_cast<std::size_t>(category)].priority;
}

std::string_view to_text(DiscardReason reason) noexcept {
  return kReasons[static_cast<std::size_t>(reason)];
}

}  // namespace picket::protocol
