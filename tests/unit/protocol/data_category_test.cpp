#include "protocol/data_category.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace picket::protocol {
namespace {

TEST_SUITE("protocol/data_category") {
  TEST_CASE("every category has a name of its own, and reads it back") {  // P6.4
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kDataCategoryCount; ++i) {
      const auto category = static_cast<DataCategory>(i);
      CAPTURE(to_text(category));
      CHECK_FALSE(to_text(category).empty());
      CHECK(names.insert(to_text(category)).second);
      CHECK(parse_data_category(to_text(category)) == category);
    }
  }

  TEST_CASE("the names on the wire are the protocol's") {  // P6.4
    CHECK(to_text(DataCategory::error) == "error");
    CHECK(to_text(DataCategory::log_item) == "log_item");
    CHECK(to_text(DataCategory::trace_metric_byte) == "trace_metric_byte");
    CHECK(to_text(DataCategory::monitor) == "monitor");
    CHECK(to_text(DataCategory::profile_chunk) == "profile_chunk");
    CHECK(to_text(DataCategory::internal) == "internal");
  }

  TEST_CASE("other names of the same items are understood") {  // P6.4
    CHECK(parse_data_category("attachment_item") == DataCategory::attachment);
    CHECK(parse_data_category("user_report_v2") == DataCategory::feedback);
    CHECK(parse_data_category("profile_chunk_ui") == DataCategory::profile_chunk);
    CHECK(parse_data_category("profile_duration") == DataCategory::profile_chunk);
    CHECK(parse_data_category("profile_duration_ui") == DataCategory::profile_chunk);
  }

  TEST_CASE("names of items that picket never sends mean nothing") {  // P6.4
    for (const std::string_view name :
         {"", "default", "security", "replay", "metric_bucket", "transaction_indexed",
          "span_indexed", "profile_indexed", "transaction_processed", "uptime", "monitor_seat",
          "seer_autofix", "Error", "error "}) {
      CAPTURE(name);
      CHECK_FALSE(parse_data_category(name).has_value());
    }
  }

  TEST_CASE("errors outlive transactions, and those outlive logs and metrics") {  // P7.7
    CHECK(priority_of(DataCategory::error) > priority_of(DataCategory::session));
    CHECK(priority_of(DataCategory::feedback) == priority_of(DataCategory::error));
    CHECK(priority_of(DataCategory::monitor) == priority_of(DataCategory::session));
    CHECK(priority_of(DataCategory::session) > priority_of(DataCategory::transaction));
    CHECK(priority_of(DataCategory::internal) == priority_of(DataCategory::transaction));
    CHECK(priority_of(DataCategory::span) > priority_of(DataCategory::log_item));
    CHECK(priority_of(DataCategory::trace_metric) == priority_of(DataCategory::log_item));
    CHECK(priority_of(DataCategory::profile) > priority_of(DataCategory::attachment));
  }

  TEST_CASE("the reasons are those of client reports") {  // P5.9
    CHECK(to_text(DiscardReason::queue_overflow) == "queue_overflow");
    CHECK(to_text(DiscardReason::buffer_overflow) == "buffer_overflow");
    CHECK(to_text(DiscardReason::cache_overflow) == "cache_overflow");
    CHECK(to_text(DiscardReason::ratelimit_backoff) == "ratelimit_backoff");
    CHECK(to_text(DiscardReason::network_error) == "network_error");
    CHECK(to_text(DiscardReason::send_error) == "send_error");
    CHECK(to_text(DiscardReason::internal_sdk_error) == "internal_sdk_error");
    CHECK(to_text(DiscardReason::sample_rate) == "sample_rate");
    CHECK(to_text(DiscardReason::backpressure) == "backpressure");
    CHECK(to_text(DiscardReason::before_send) == "before_send");
    CHECK(to_text(DiscardReason::event_processor) == "event_processor");
    CHECK(to_text(DiscardReason::ignored) == "ignored");
    CHECK(to_text(DiscardReason::insufficient_data) == "insufficient_data");
    CHECK(to_text(DiscardReason::invalid) == "invalid");
    CHECK(to_text(DiscardReason::rate_limited) == "rate_limited");
  }
}

}  // namespace
}  // namespace picket::protocol
