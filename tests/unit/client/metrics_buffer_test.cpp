#include "client/metrics_buffer.hpp"

#include "support/test_clock.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>

namespace picket::client {
namespace {

using namespace std::chrono_literals;

struct World {
  std::shared_ptr<test::TestClock> clock = std::make_shared<test::TestClock>();
  std::shared_ptr<protocol::LossLedger> ledger = std::make_shared<protocol::LossLedger>();
  MetricsBuffer buffer{Clock(clock), ledger};

  MetricsBuffer::Added add() { return buffer.add({.name = "orders", .value = 1}, {}, nullptr); }
};

TEST_SUITE("client/metrics_buffer") {
  TEST_CASE("the first of a batch asks to be reminded, the hundredth hands it on") {  // P5.3
    World world;
    CHECK(world.add().remind_at == world.clock->steady() + 5s);
    for (int i = 0; i < 98; ++i) {
      const auto added = world.add();
      CHECK_FALSE(added.remind_at);
      CHECK_FALSE(added.full);
    }
    const auto last = world.add();
    REQUIRE(last.full);
    CHECK(last.full->size() == 100);
    CHECK(last.full->bytes() == 100 * (6 + 8));
    CHECK_FALSE(world.buffer.take());
    CHECK(world.add().remind_at);
  }

  TEST_CASE("a batch is due five seconds after its first") {  // P5.3
    World world;
    CHECK(world.buffer.due(world.clock->steady()).next == SteadyTime::max());
    world.add();
    world.clock->advance(4999ms);
    world.add();
    const auto early = world.buffer.due(world.clock->steady());
    CHECK_FALSE(early.batch);
    CHECK(early.next == world.clock->steady() + 1ms);
    world.clock->advance(1ms);
    const auto due = world.buffer.due(world.clock->steady());
    REQUIRE(due.batch);
    CHECK(due.batch->size() == 2);
    CHECK(due.next == SteadyTime::max());
  }

  TEST_CASE("what comes after the close is dropped and counted") {  // P7.7
    World world;
    world.add();
    const auto last = world.buffer.close();
    REQUIRE(last);
    CHECK(last->size() == 1);
    world.add();
    CHECK_FALSE(world.buffer.take());
    const Stats stats = world.ledger->stats();
    CHECK(stats.categories.at("trace_metric").captured == 2);
    CHECK(stats.categories.at("trace_metric").pending == 1);
    CHECK(stats.categories.at("trace_metric").dropped.at("queue_overflow") == 1);
    CHECK(stats.categories.at("trace_metric_byte").dropped.at("queue_overflow") == 14);
  }
}

}  // namespace
}  // namespace picket::client
