#include "unit/transport/fakes.hpp"

#include <doctest/doctest.h>

namespace picket::transport {
namespace {

using namespace std::chrono_literals;
using protocol::DataCategory;
using protocol::DiscardReason;

/// The `discarded_events` of a client report, or nothing.
std::string report_in(const std::string& bytes) {
  const auto envelope = Envelope::parse(bytes);
  REQUIRE(envelope);
  const EnvelopeItem* item = envelope->find("client_report");
  if (item == nullptr) return {};
  const std::size_t begin = item->payload.find('[');
  return item->payload.substr(begin, item->payload.find(']') + 1 - begin);
}

constexpr const char* kTwoOverflows =
    R"([{"reason":"queue_overflow","category":"error","quantity":2}])";

TEST_SUITE("transport/worker_report") {
  TEST_CASE("losses travel with the next envelope, once") {  // P5.9, C137
    World world;
    world.start();
    world.ledger->refused(DiscardReason::queue_overflow, DataCategory::error, 2);
    world.push_event("a");
    world.push_event("b");
    CHECK(world.flush());
    const auto sent = world.transport->sent();
    REQUIRE(sent.size() == 2);
    CHECK(report_in(sent[0]) == kTwoOverflows);
    CHECK(report_in(sent[1]).empty());
    CHECK_FALSE(world.ledger->has_unreported());
    CHECK(world.fate_of("internal").empty());
  }

  TEST_CASE("ten thousand losses are one report, sent by a flush when nothing else goes") {  // C139
    World world;
    world.options.dsn = "https://key@example.invalid/1";
    world.start();
    for (int i = 0; i < 10'000; ++i) {
      world.ledger->refused(DiscardReason::sample_rate, DataCategory::error);
    }
    CHECK(world.flush());
    CHECK(world.flush());
    const auto sent = world.transport->sent();
    REQUIRE(sent.size() == 1);
    CHECK(report_in(sent[0]) ==
          R"([{"reason":"sample_rate","category":"error","quantity":10000}])");
    CHECK(sent[0].find(world.options.dsn) < sent[0].find('\n'));  // P2.3
  }

  TEST_CASE("the counts of a failed report return and go with the next envelope") {  // C137
    for (const int refusal : {0, 400, 429, 500}) {
      CAPTURE(refusal);
      World world([&](std::size_t index, const std::string&) {
        return index == 0 ? status(refusal, "1:session:key") : status(200);
      });
      world.options.max_attempts = 1;
      world.start();
      world.ledger->refused(DiscardReason::queue_overflow, DataCategory::error, 2);
      world.push_event("a");
      world.push_event("b");
      if (refusal == 0) {
        REQUIRE(world.clock->await_sleeper());
        world.clock->advance(1s);
      }
      CHECK(world.flush());
      const auto sent = world.transport->sent();
      REQUIRE(sent.size() >= 2);
      CHECK(report_in(sent[0]) == kTwoOverflows);
      CHECK(report_in(sent.back()).find(R"("queue_overflow","category":"error","quantity":2)") !=
            std::string::npos);
      CHECK_FALSE(world.ledger->has_unreported());
    }
  }

  TEST_CASE("a report that a flush cannot send is offered again as it was") {
    World world([](std::size_t index, const std::string&) { return status(index == 0 ? 0 : 200); });
    world.start();
    world.ledger->refused(DiscardReason::queue_overflow, DataCategory::error, 2);
    CHECK(world.flush());
    CHECK(world.transport->sent().size() == 1);
    world.ledger->refused(DiscardReason::queue_overflow, DataCategory::error, 5);
    CHECK(world.worker->close(World::soon()));
    const auto sent = world.transport->sent();
    REQUIRE(sent.size() == 3);
    CHECK(report_in(sent[0]) == kTwoOverflows);
    CHECK(report_in(sent[1]) == kTwoOverflows);
    CHECK(report_in(sent[2]).find("\"quantity\":5") != std::string::npos);
    CHECK_FALSE(world.ledger->has_unreported());
  }

  TEST_CASE("what a 429 refused is not reported") {  // C023, C138
    World world([](std::size_t, const std::string&) { return status(429, "1:error:key"); });
    world.start();
    world.push_event("a");
    CHECK(world.flush());
    CHECK(world.worker->close(World::soon()));
    CHECK(world.transport->sent().size() == 1);
    CHECK_FALSE(world.ledger->has_unreported());
  }

  TEST_CASE("no report is sent when the host does not want any") {  // C138
    World world;
    world.options.send_client_reports = false;
    world.start();
    world.ledger->refused(DiscardReason::queue_overflow, DataCategory::error, 2);
    world.push_event("a");
    CHECK(world.flush());
    CHECK(world.worker->close(World::soon()));
    const auto sent = world.transport->sent();
    REQUIRE(sent.size() == 1);
    CHECK(report_in(sent[0]).empty());
  }

  TEST_CASE("what limits leave of an envelope carries no report") {
    World world([](std::size_t index, const std::string&) {
      return index == 0 ? status(200, "60:error:key") : status(200);
    });
    world.start();
    world.push_event("a");
    CHECK(world.flush());
    world.ledger->refused(DiscardReason::queue_overflow, DataCategory::error, 2);
    world.push_event("b");
    CHECK(world.flush());
    const auto sent = world.transport->sent();
    REQUIRE(sent.size() == 2);  // the report of the flush
    CHECK(report_in(sent[1]) ==
          R"([{"reason":"queue_overflow","category":"error","quantity":2},)"
          R"({"reason":"ratelimit_backoff","category":"error","quantity":1}])");
  }

  TEST_CASE("a report stays within its limit and leaves the rest for the next") {  // P1.11
    World world;
    world.start();
    std::size_t losses = 0;
    for (std::size_t c = 0; c + 1 < protocol::kDataCategoryCount; ++c) {
      for (std::size_t r = 0; r + 1 < protocol::kDiscardReasonCount; ++r, ++losses) {
        world.ledger->refused(static_cast<DiscardReason>(r), static_cast<DataCategory>(c),
                              1'000'000);
      }
    }
    for (std::size_t i = 0; i * 40 < losses; ++i) world.push_event("x");
    CHECK(world.flush());
    CHECK_FALSE(world.ledger->has_unreported());
    for (const std::string& bytes : world.transport->sent()) CHECK(report_in(bytes).size() < 4096);
  }
}

}  // namespace
}  // namespace picket::transport
