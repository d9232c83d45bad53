#include "transport/breaker.hpp"

#include <doctest/doctest.h>

namespace picket::transport {
namespace {

using namespace std::chrono_literals;

Breaker make_breaker() {
  return Breaker(RetrySchedule(1s, 60s, [] { return 1.0; }));
}

TEST_SUITE("transport/breaker") {
  TEST_CASE("a failure opens it, and every failed probe doubles the wait") {
    Breaker breaker = make_breaker();
    CHECK(breaker.is_closed());
    SteadyTime now{1h};
    breaker.failed(now, false);
    CHECK_FALSE(breaker.is_closed());
    CHECK(breaker.probe_at() == now + 1s);
    now += 1s;
    breaker.failed(now, true);
    CHECK(breaker.probe_at() == now + 2s);
    now += 2s;
    breaker.failed(now, true);
    CHECK(breaker.probe_at() == now + 4s);
  }

  TEST_CASE("what left before it opened does not lengthen the wait") {
    Breaker breaker = make_breaker();
    const SteadyTime now{1h};
    breaker.failed(now, false);
    for (int i = 0; i < 5; ++i) breaker.failed(now + 500ms, false);
    CHECK(breaker.probe_at() == now + 1s);
  }

  TEST_CASE("an answer closes it, and the next failure begins with the first wait") {
    Breaker breaker = make_breaker();
    const SteadyTime now{1h};
    for (int i = 0; i < 4; ++i) breaker.failed(now, true);
    breaker.succeeded();
    CHECK(breaker.is_closed());
    breaker.failed(now, false);
    CHECK(breaker.probe_at() == now + 1s);
  }
}

}  // namespace
}  // namespace picket::transport
