#include "base/ids.hpp"

#include "support/in_child.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <set>
#include <string>
#include <thread>

namespace picket::base {
namespace {

constexpr int kMany = 10'000;

TEST_SUITE("base/ids") {
  TEST_CASE("an event id is a random UUID of version 4") {  // P0.1
    std::set<std::string> seen;
    for (int i = 0; i < kMany; ++i) {
      const std::string id = new_event_id().to_string();
      REQUIRE(id[12] == '4');
      REQUIRE(std::string("89ab").find(id[16]) != std::string::npos);
      seen.insert(id);
    }
    CHECK(seen.size() == kMany);
  }

  TEST_CASE("trace and span ids are unique and never all zero") {  // P0.1
    std::set<TraceId> traces;
    std::set<SpanId> spans;
    for (int i = 0; i < kMany; ++i) {
      traces.insert(new_trace_id());
      spans.insert(new_span_id());
    }
    CHECK(traces.size() == kMany);
    CHECK(spans.size() == kMany);
    CHECK_FALSE(traces.contains(TraceId{}));
    CHECK_FALSE(spans.contains(SpanId{}));
  }

  TEST_CASE("every bit of a random number changes") {
    std::uint64_t ever_set = 0;
    std::uint64_t always_set = ~std::uint64_t{0};
    for (int i = 0; i < 200; ++i) {
      const std::uint64_t number = random_u64();
      ever_set |= number;
      always_set &= number;
    }
    CHECK(ever_set == ~std::uint64_t{0});
    CHECK(always_set == 0);
  }

  TEST_CASE("a random fraction is at least 0, below 1 and evenly spread") {
    double sum = 0;
    for (int i = 0; i < kMany; ++i) {
      const double fraction = random_unit();
      REQUIRE(fraction >= 0.0);
      REQUIRE(fraction < 1.0);
      sum += fraction;
    }
    // Ten thousand draws: the mean strays by 0.0029 as a rule; this is seventeen times that.
    CHECK(sum / kMany == doctest::Approx(0.5).epsilon(0.1));
  }

  TEST_CASE("two threads do not repeat each other's ids") {
    EventId theirs;
    std::thread([&] { theirs = new_event_id(); }).join();
    CHECK(theirs != new_event_id());
  }

  TEST_CASE("a forked child does not repeat its parent's ids") {
    static_cast<void>(random_u64());  // the generator that both would go on with is seeded by now
    const std::uint64_t childs = tests::in_child([] { return random_u64(); });
    CHECK(childs != random_u64());
  }

  TEST_CASE("bytes become two lower-case digits each") {
    const std::array<std::byte, 4> bytes{std::byte{0x00}, std::byte{0x0F}, std::byte{0xA5},
                                         std::byte{0xFF}};
    CHECK(to_hex(bytes) == "000fa5ff");
    CHECK(to_hex({}).empty());
  }
}

}  // namespace
}  // namespace picket::base
