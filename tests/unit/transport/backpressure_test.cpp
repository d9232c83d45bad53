#include "transport/backpressure.hpp"

#include "support/test_clock.hpp"

#include <doctest/doctest.h>
#include <thread>
#include <vector>

namespace picket::transport {
namespace {

using namespace std::chrono_literals;

TEST_SUITE("transport/backpressure") {
  TEST_CASE(
      "every ten unhealthy seconds are one level more, ten at most; health restores") {  // P7.12
    const auto clock = std::make_shared<test::TestClock>();
    Backpressure backpressure{Clock(clock)};
    bool healthy = false;
    int looks = 0;
    const auto level = [&] {
      return backpressure.level([&] {
        ++looks;
        return healthy;
      });
    };
    CHECK(level() == 0);
    clock->advance(9999ms);
    CHECK(level() == 0);
    CHECK(looks == 0);
    for (unsigned expected = 1; expected <= 12; ++expected) {
      clock->advance(10s);
      CHECK(level() == std::min(expected, 10U));
      CHECK(level() == std::min(expected, 10U));  // once in ten seconds
    }
    CHECK(looks == 12);
    healthy = true;
    clock->advance(10s);
    CHECK(level() == 0);
  }

  TEST_CASE("a long time in which nobody asked counts as one step") {
    const auto clock = std::make_shared<test::TestClock>();
    Backpressure backpressure{Clock(clock)};
    clock->advance(24h);
    CHECK(backpressure.level([] { return false; }) == 1);
  }

  TEST_CASE("of many who ask at once one looks") {
    const auto clock = std::make_shared<test::TestClock>();
    Backpressure backpressure{Clock(clock)};
    clock->advance(10s);
    std::atomic<int> looks{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        static_cast<void>(backpressure.level([&] {
          ++looks;
          return false;
        }));
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(looks == 1);
  }
}

}  // namespace
}  // namespace picket::transport
