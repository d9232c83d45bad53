#include "transport/retry_schedule.hpp"

#include <doctest/doctest.h>
#include <limits>
#include <stdexcept>

namespace picket::transport {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

TEST_SUITE("transport/retry_schedule") {
  TEST_CASE("waits double up to their bound") {
    const RetrySchedule schedule(1s, 5s, [] { return 1.0; });
    CHECK(schedule.wait_after(1) == 1s);
    CHECK(schedule.wait_after(2) == 2s);
    CHECK(schedule.wait_after(3) == 4s);
    CHECK(schedule.wait_after(4) == 5s);
    CHECK(schedule.wait_after(5) == 5s);
    CHECK(schedule.wait_after(1'000'000) == 5s);
  }

  TEST_CASE("jitter takes any share of the wait") {
    double share = 0.0;
    const RetrySchedule schedule(1s, 5s, [&] { return share; });
    CHECK(schedule.wait_after(1) == 0s);
    share = 0.25;
    CHECK(schedule.wait_after(1) == 250ms);
    CHECK(schedule.wait_after(2) == 500ms);
  }

  TEST_CASE("the built-in jitter stays within the wait") {
    const RetrySchedule schedule(1s, 5s, {});
    for (int i = 0; i < 100; ++i) {
      const auto wait = schedule.wait_after(1);
      CHECK(wait >= 0s);
      CHECK(wait <= 1s);
    }
  }

  TEST_CASE("absurd settings and a bad random source are survived") {
    const RetrySchedule endless(milliseconds::max(), milliseconds::max(), [] { return 1.0; });
    CHECK(endless.wait_after(1'000'000) == 24h);
    const RetrySchedule negative(-1s, -1s, [] { return 1.0; });
    CHECK(negative.wait_after(8) == 0s);
    const RetrySchedule nonsense(1s, 1s, [] { return std::numeric_limits<double>::quiet_NaN(); });
    CHECK(nonsense.wait_after(1) == 1s);
    const RetrySchedule throwing(1s, 1s, []() -> double { throw std::runtime_error("dice"); });
    CHECK(throwing.wait_after(1) == 1s);
  }
}

}  // namespace
}  // namespace picket::transport
