#include "ingest/received.hpp"
#include "ingest/client.hpp"

#include <doctest/doctest.h>

#include <thread>

namespace picket::ingest::tests {
namespace {

using namespace std::chrono_literals;

ReceivedEnvelope arrival(std::string id, Verdict verdict = Verdict::accepted) {
  ReceivedEnvelope envelope;
  envelope.event_id = std::move(id);
  envelope.verdict = verdict;
  envelope.raw = std::string(100, 'x');
  envelope.items.push_back({"event", {}, "{}", Value(Object{})});
  return envelope;
}

TEST_SUITE("ingest/received") {
  TEST_CASE("a wait ends when enough different events are there") {
    Received received;
    std::thread sender([&] {
      received.add(arrival("a"));
      received.add(arrival("a"));
      received.add(arrival("b", Verdict::refused));
      received.add(arrival("b"));
    });
    CHECK(received.wait_for_events(2, 30s));
    sender.join();
    CHECK(received.events().size() == 2);
    CHECK(received.wait_for_items("event", 3, 0ms));
    CHECK(received.wait_for_requests(4, 0ms));
    CHECK(received.duplicate_count() == 1);
  }

  TEST_CASE("a wait for too much ends at its deadline") {
    Received received;
    received.add(arrival("a"));
    CHECK_FALSE(received.wait_for_events(2, 5ms));
    CHECK_FALSE(received.wait_for_items("log", 1, 5ms));
    CHECK_FALSE(received.wait_for_requests(2, 5ms));
    CHECK_FALSE(received.wait_for([](const Received&) { return false; }, 5ms));
  }

  TEST_CASE("a wait for any condition sees every arrival") {
    Received received;
    std::thread sender([&] {
      for (int i = 0; i < 100; ++i) received.add(arrival(std::to_string(i)));
    });
    CHECK(received.wait_for([](const Received& all) { return all.accepted().size() == 100; }, 30s));
    sender.join();
  }

  TEST_CASE("the oldest envelopes leave when there are too many, the counts stay") {
    Received received(250);
    for (const char* id : {"a", "b", "c", "a"}) received.add(arrival(id));
    CHECK(received.all().size() == 2);
    CHECK(received.all()[0]->event_id == "c");
    CHECK(received.request_count() == 4);
    CHECK(received.duplicate_count() == 1);
  }

  TEST_CASE("after clear an id is new again") {
    Received received;
    received.add(arrival("a"));
    received.clear();
    CHECK(received.all().empty());
    CHECK(received.request_count() == 0);
    received.add(arrival("a"));
    CHECK(received.duplicate_count() == 0);
  }

  TEST_CASE("client reports add up") {  // P5.9
    const auto server = IngestServer::start({});
    REQUIRE(server);
    Client client(**server);
    for (int i = 0; i < 2; ++i) {
      client.post(
          "{}\n{\"type\":\"client_report\"}\n{\"discarded_events\":["
          "{\"reason\":\"before_send\",\"category\":\"error\",\"quantity\":2},"
          "{\"reason\":\"sample_rate\",\"category\":\"span\",\"quantity\":5}]}\n");
    }
    const auto sums = (*server)->received().discarded();
    CHECK(sums.size() == 2);
    CHECK(sums.at({"before_send", "error"}) == 4);
    CHECK(sums.at({"sample_rate", "span"}) == 10);
  }
}

}  // namespace
}  // namespace picket::ingest::tests
