#include "figures/window.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <vector>

namespace picket::figures {
namespace {

TEST_SUITE("figures/window") {
  TEST_CASE("a rate counts the last sixty seconds, the last sixty minutes, and all") {  // S10.1 A10
    SlidingRate rate;
    for (Tick second = 0; second < 12; ++second) rate.add(second);

    CHECK(rate.read(11) == Rate{.last_minute = 12, .last_hour = 12, .total = 12});
    CHECK(rate.read(59) == Rate{.last_minute = 12, .last_hour = 12, .total = 12});
    CHECK(rate.read(60) == Rate{.last_minute = 11, .last_hour = 12, .total = 12});
    CHECK(rate.read(71) == Rate{.last_minute = 0, .last_hour = 12, .total = 12});
    CHECK(rate.read(60 * 59) == Rate{.last_minute = 0, .last_hour = 12, .total = 12});
    CHECK(rate.read(60 * 60) == Rate{.last_minute = 0, .last_hour = 0, .total = 12});
  }

  TEST_CASE("after a long silence nothing of before is in the windows") {
    for (const Tick silence : {61, 120, 3600, 3660, 7200, 86'400, 1'000'000}) {
      CAPTURE(silence);
      SlidingRate rate;
      for (Tick second = 0; second < 100; ++second) rate.add(second);
      rate.add(100 + silence);
      const Rate read = rate.read(100 + silence);
      CHECK(read.last_minute == 1);
      if (silence >= 3660) CHECK(read.last_hour == 1);
      CHECK(read.total == 101);
    }
  }

  TEST_CASE("what is noted late counts where it happened, if that is still in the window") {
    SlidingRate rate;
    rate.add(200);
    rate.add(150);
    rate.add(100);  // out of the minute already
    CHECK(rate.read(200) == Rate{.last_minute = 2, .last_hour = 3, .total = 3});
    CHECK(rate.read(209).last_minute == 2);
    CHECK(rate.read(210).last_minute == 1);
  }

  TEST_CASE("windows agree with a plain list of what happened") {
    std::mt19937 random(7);
    std::vector<Tick> happened;
    SlidingRate rate;
    Tick now = 0;
    for (int step = 0; step < 2000; ++step) {
      now += random() % 20 == 0 ? random() % 5000 : random() % 3;
      rate.add(now);
      happened.push_back(now);
      const Tick later = now + static_cast<Tick>(random() % 90);
      Rate expected;
      for (const Tick at : happened) {
        if (at > later - 60) ++expected.last_minute;
        if (at / 60 > later / 60 - 60) ++expected.last_hour;
        ++expected.total;
      }
      REQUIRE(rate.read(later) == expected);
    }
  }

  TEST_CASE("the largest value is that of the last minute") {
    SlidingMax max;
    max.add(0, 7);
    max.add(30, 5);
    max.add(30, 3);
    CHECK(max.read(59) == 7);
    CHECK(max.read(60) == 5);
    CHECK(max.read(90) == 0);
  }
}

}  // namespace
}  // namespace picket::figures
