#include "ingest/received.hpp"
#include "ingest/client.hpp"
#include "ingest/trace_samples.hpp"

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
  TEST_CASE("a wait ends when enough different events are there") {  // S9.5
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

  TEST_CASE("a wait for too much ends at its deadline") {  // S9.5
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

  TEST_CASE("a report that came twice counts once when asked so") {  // P5.9
    const auto server = IngestServer::start({});
    REQUIRE(server);
    Client client(**server);
    const auto send = [&](const char* headers, int quantity) {
      client.post(std::string(headers) +
                  "\n{\"type\":\"client_report\"}\n{\"timestamp\":1772366400.25,"
                  "\"discarded_events\":[{\"reason\":\"before_send\",\"category\":\"error\","
                  "\"quantity\":" +
                  std::to_string(quantity) + "}]}\n");
    };
    send(R"({"sent_at":"2026-03-01T12:00:00.500Z"})", 2);
    send(R"({"sent_at":"2026-03-01T12:00:01.500Z"})", 2);  // sent again
    send(R"({"sent_at":"2026-03-01T12:00:01.500Z"})", 3);
    send(R"({"sdk":{"name":"other"}})", 3);
    const Received& received = (*server)->received();
    CHECK(received.discarded().at({"before_send", "error"}) == 10);
    CHECK(received.discarded_once() == Received::Discarded{{{"before_send", "error"}, 8}});
  }

  TEST_CASE("what came under an id can be compared and counted") {
    Received received;
    const auto add = [&](const char* id, const char* body, Verdict verdict) {
      ReceivedEnvelope envelope = arrival(id, verdict);
      envelope.headers.set("sent_at", std::to_string(received.request_count()));
      envelope.items[0].bytes = body;
      // What a client reports meanwhile is no part of the event.
      if (verdict == Verdict::accepted) envelope.items.push_back({"client_report", {}, "{}"});
      received.add(std::move(envelope));
    };
    add("a", "1", Verdict::refused);
    add("a", "1", Verdict::accepted);
    add("b", "1", Verdict::accepted);
    add("b", "2", Verdict::accepted);
    add("c", "1", Verdict::refused);
    const auto bodies = received.bodies_by_id();
    CHECK(bodies.size() == 3);
    CHECK(bodies.at("a").size() == 1);
    CHECK(bodies.at("b").size() == 2);
    using Counts = std::map<std::string, std::size_t>;
    CHECK(received.deliveries_by_id() == Counts{{"a", 1}, {"b", 2}});
  }

  TEST_CASE("transactions, their spans and traces can be asked for") {
    Received received;
    const auto add = [&](const TraceItem& item, Verdict verdict) {
      ReceivedEnvelope envelope;
      envelope.verdict = verdict;
      envelope.event_id = std::string(item.payload->at("event_id").text_or(""));
      envelope.items.push_back({item.type, {}, "{}", *item.payload});
      received.add(std::move(envelope));
    };
    const TraceItem shop = transaction(
        {1, 0, "http.server", "GET /cart", 0, 9, "ok", "shop@1"},
        {{2, 1, "http.client", "POST /reserve", 1, 5}, {3, 1, "db.query", "SELECT 1", 7, 1}});
    add(transaction({4, 2, "http.server", "POST /reserve", 2, 3, "ok", "stock@1"}),
        Verdict::accepted);
    add(shop, Verdict::refused);
    CHECK_FALSE(received.wait_for_transactions(2, 5ms));
    CHECK(received.trace(kTraceId).only_named("POST /reserve")->is_orphan());
    add(shop, Verdict::accepted);
    add(shop, Verdict::accepted);  // sent twice, counted once
    CHECK(received.wait_for_transactions(2, 0ms));
    CHECK(received.transactions().size() == 2);
    REQUIRE(received.spans("http.client").size() == 1);
    CHECK(received.spans("http.client")[0].at("description").text_or("") == "POST /reserve");
    CHECK(received.spans("http.server").empty());  // those are no child spans
    CHECK(received.traces().size() == 1);
    CHECK(received.trace("0d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a").empty());
    const Trace trace = received.trace("7D1E4C0A9B2F4E6D8C3A5B7F9E1D2C4A");
    received.clear();  // the trace keeps what it needs
    const TraceNode* call = trace.only_with_op("http.client");
    REQUIRE(call != nullptr);
    REQUIRE(call->children.size() == 1);
    CHECK(call->children[0]->sender.release == "stock@1");
    CHECK(call->children[0]->payload->at("transaction").text_or("") == "POST /reserve");
    CHECK(trace.nodes().size() == 4);
  }
}

}  // namespace
}  // namespace picket::ingest::tests
