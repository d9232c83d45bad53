#include "scope/command_timers.hpp"

#include <doctest/doctest.h>

#include <string>

namespace picket::scope {
namespace {

using namespace std::chrono_literals;

SteadyTime at(std::chrono::seconds seconds) { return SteadyTime(seconds); }

TEST_SUITE("scope/command_timers") {
  TEST_CASE("of two starts the later counts, an end without a start has no time") {  // S6.12
    CommandTimers timers;
    CHECK_FALSE(timers.end("a"));
    timers.start("a", at(1s));
    timers.start("b", at(2s));
    timers.start("a", at(3s));
    CHECK(timers.end("a") == at(3s));
    CHECK_FALSE(timers.end("a"));
    CHECK(timers.end("b") == at(2s));
  }

  TEST_CASE("a run of the same invocation is not started again") {  // S5.5
    CommandTimers timers;
    timers.start_unless_running("a", "1", at(1s));
    timers.start_unless_running("a", "1", at(2s));
    timers.start_unless_running("a", "", at(3s));
    CHECK(timers.end("a") == at(1s));
    timers.start("a", at(4s));
    timers.start_unless_running("a", "2", at(5s));  // it was started without telling which
    timers.start_unless_running("a", "2", at(6s));
    CHECK(timers.end("a") == at(4s));
    timers.start_unless_running("a", "3", at(7s));
    timers.start_unless_running("a", "4", at(8s));
    CHECK(timers.end("a") == at(8s));
  }

  TEST_CASE("of too many the oldest is forgotten, of too long a name the end") {  // S6.13
    CommandTimers timers;
    for (std::size_t i = 0; i <= CommandTimers::kMax; ++i) {
      timers.start("name" + std::to_string(i), at(1s));
    }
    CHECK_FALSE(timers.end("name0"));
    CHECK(timers.end("name1"));
    const std::string large(1'000'000, 'x');
    timers.start(large, at(2s));
    CHECK(timers.end(large) == at(2s));
  }
}

}  // namespace
}  // namespace picket::scope
