#include "transport/rate_limiter.hpp"

#include "support/test_clock.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace picket::transport {
namespace {

using namespace std::chrono_literals;
using protocol::DataCategory;
using std::chrono::seconds;

struct Fixture {
  std::shared_ptr<test::TestClock> clock = std::make_shared<test::TestClock>();
  RateLimiter limiter{Clock(clock)};

  void hear(int status, std::string limits, std::string retry_after = {}) {
    limiter.observe({status, {}, std::move(limits), std::move(retry_after)});
  }
  void hear(std::string limits) { hear(200, std::move(limits)); }

  /// The limited categories with their seconds, as text.
  [[nodiscard]] std::string state() const {
    std::string text;
    bool same = true;
    const auto first = limiter.remaining(DataCategory::error);
    for (std::size_t i = 0; i < protocol::kDataCategoryCount; ++i) {
      const auto category = static_cast<DataCategory>(i);
      const auto left = limiter.remaining(category);
      if (category != DataCategory::internal && left != first) same = false;
      if (left == 0ns) continue;
      if (!text.empty()) text += ' ';
      text += std::string(protocol::to_text(category)) + "=" +
              std::to_string(std::chrono::ceil<seconds>(left).count());
    }
    if (!same || first == 0ns) return text;
    return "all=" + std::to_string(std::chrono::ceil<seconds>(first).count());
  }
};

TEST_SUITE("transport/rate_limiter") {
  TEST_CASE("responses set exactly the limits that the protocol says") {  // P6.6, C141
    struct Row {
      const char* name;
      int status;
      const char* limits;
      const char* retry_after;
      const char* expected;
    };
    const std::vector<Row> rows = {
        {"two categories", 200, "60:error;transaction:key", "", "error=60 transaction=60"},
        {"no category means all", 200, "60::organization", "", "all=60"},
        {"no scope either", 200, "60:", "", "all=60"},
        {"the number alone", 200, "60", "", "all=60"},
        {"unknown names do not mean all", 200, "60:foo;bar:project", "", ""},
        {"unknown beside known", 200, "60:foo;error:project", "", "error=60"},
        {"two groups, fractions round up", 200,
         "2.3:session:key:quota_exceeded, 120:log_item:organization", "", "log_item=120 session=3"},
        {"the later of two", 200, " 10:error:key ,5:error:key", "", "error=10"},
        {"a bad number costs its group", 200, "x:error:key, 7:span:key", "", "span=7"},
        {"429 alone", 429, "", "", "all=60"},
        {"429 with seconds", 429, "", "30", "all=30"},
        {"429 with a fraction", 429, "", " 0.2 ", "all=1"},
        {"429 with nonsense", 429, "", "soon", "all=60"},
        {"Retry-After counts on a 429 only", 200, "", "30", ""},
        {"nor on a 503", 503, "", "1", ""},  // C024
        {"the Sentry header wins", 429, "5:error:key", "30", "error=5"},
        {"a malformed Sentry header wins too", 429, "nonsense", "30", ""},
        {"negative is zero", 200, "-5:error:key", "", ""},
        {"a day at most", 200, "99999999999999999999999999:error:key", "", "error=86400"},
        {"a day at most, Retry-After", 429, "", "1000000", "all=86400"},
        {"no exponents", 200, "1e3:error:key,nan:span:key,inf:session:key,0x5:monitor", "", ""},
        {"no bare signs and dots", 200, "-:error,.:span,1.2.3:session,:monitor", "", ""},
        {"dots at the ends", 200, "5.:error,.5:span", "", "error=5 span=1"},
        {"aliases of items", 200, "9:attachment_item;user_report_v2:key", "",
         "attachment=9 feedback=9"},
        {"metric_bucket is nothing of ours", 200, "9:metric_bucket:key:reason:custom", "", ""},
        {"reports are never limited", 200, "9:internal:key", "", ""},
        {"empty groups", 200, ",,9:error:key,, ,", "", "error=9"},
        {"no answer changes nothing", 0, "9:error:key", "", ""},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      Fixture f;
      f.hear(row.status, row.limits, row.retry_after);
      CHECK(f.state() == row.expected);
    }
  }

  TEST_CASE("each category of ours is limited alone") {  // C145
    for (std::size_t i = 0; i < protocol::kDataCategoryCount; ++i) {
      const std::string name(protocol::to_text(static_cast<DataCategory>(i)));
      CAPTURE(name);
      Fixture f;
      f.hear("8:" + name + ":key");
      CHECK(f.state() == (name == "internal" ? "" : name + "=8"));
    }
  }

  TEST_CASE("a limit on everything spares client reports") {
    Fixture f;
    f.hear("60::organization");
    CHECK_FALSE(f.limiter.is_limited(DataCategory::internal));
    CHECK(f.limiter.is_limited(DataCategory::session));
  }

  TEST_CASE("a shorter later limit does not shorten an active one") {  // C142
    Fixture f;
    f.hear("60:error:key");
    f.clock->advance(10s);
    f.hear("5:error:key");
    CHECK(f.limiter.remaining(DataCategory::error) == 50s);
    f.hear("55::key");
    CHECK(f.limiter.remaining(DataCategory::error) == 55s);
  }

  TEST_CASE("after the deadline sending resumes") {  // C148
    Fixture f;
    f.hear("60:error:key");
    f.clock->advance(60s - 1us);
    CHECK(f.limiter.is_limited(DataCategory::error));
    f.clock->advance(1us);
    CHECK_FALSE(f.limiter.is_limited(DataCategory::error));
  }

  TEST_CASE("Retry-After may be a date") {  // C144; the test clock starts on 2026-03-01
    struct Row {
      const char* date;
      const char* expected;
    };
    for (const Row& row :
         {Row{"Sun, 01 Mar 2026 00:00:30 GMT", "all=30"},
          Row{"Sunday, 01-Mar-26 00:00:30 GMT", "all=30"}, Row{"Sat, 28 Feb 2026 23:59:59 GMT", ""},
          Row{"Sun, 01 Mar 2026 00:00:00 GMT", ""},
          Row{"Thu, 31 Dec 9999 23:59:59 GMT", "all=86400"}}) {
      CAPTURE(row.date);
      Fixture f;
      f.hear(429, "", row.date);
      CHECK(f.state() == row.expected);
    }
  }
}

}  // namespace
}  // namespace picket::transport
