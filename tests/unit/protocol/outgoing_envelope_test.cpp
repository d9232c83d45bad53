#include "protocol/outgoing_envelope.hpp"

#include "picket/envelope.hpp"
#include "picket/json.hpp"
#include "picket/version.hpp"
#include "support/golden.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>

namespace picket::protocol {
namespace {

using std::chrono::microseconds;

constexpr std::string_view kId = "0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2b";
constexpr WallTime kNoon{microseconds(1'772'366'400'500'000)};  // 2026-03-01T12:00:00.5Z

OutgoingEnvelope::Header header() { return {.event_id = *EventId::parse(kId)}; }

std::string items_of(const std::string& bytes) { return bytes.substr(bytes.find('\n') + 1); }

std::string header_of(const std::string& bytes) { return bytes.substr(0, bytes.find('\n')); }

std::vector<std::string> types_of(const OutgoingEnvelope& envelope) {
  const Result<Envelope> parsed = Envelope::parse(envelope.to_bytes(kNoon));
  REQUIRE(parsed.has_value());
  std::vector<std::string> types;
  for (const EnvelopeItem& item : parsed->items) types.emplace_back(item.type());
  return types;
}

TEST_SUITE("protocol/outgoing_envelope") {
  TEST_CASE("the header line has the id, the time of sending and the sdk") {  // P2.3 C038
    OutgoingEnvelope envelope(header());
    CHECK(header_of(envelope.to_bytes(kNoon)) ==
          R"({"event_id":"0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2b",)"
          R"("sent_at":"2026-03-01T12:00:00.500000Z",)"
          R"("sdk":{"name":"picket.cpp","version":")" +
              std::string(kVersion) + R"("}})");
  }

  TEST_CASE("a dsn and a trace are written when they are given") {  // P2.3 P7.14
    OutgoingEnvelope envelope(
        {.dsn = "https://aa11@h.example/1", .trace = R"({"trace_id":"7d1e","public_key":"aa11"})"});
    const Result<Value> line = parse_json(header_of(envelope.to_bytes(kNoon)));
    REQUIRE(line.has_value());
    CHECK(line->at("dsn").text_or("") == "https://aa11@h.example/1");
    CHECK(line->at("trace.public_key").text_or("") == "aa11");
    CHECK(line->at("event_id").is_null());
  }

  TEST_CASE("an item is its header with the exact length, its payload and a line feed") {
    const std::string payload =  // P2.9 A
        R"({"event_id":"0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2b","timestamp":1772366400.25,)"
        R"("platform":"native","level":"error","logentry":{"formatted":"disk full"}})";
    OutgoingEnvelope envelope(header());
    envelope.add_item("event", payload, {{DataCategory::error, 1}});
    CHECK(items_of(envelope.to_bytes(kNoon)) ==
          "{\"type\":\"event\",\"length\":146}\n" + payload + "\n");
  }

  TEST_CASE("the length counts bytes, and a payload may hold line breaks") {  // P2.9 B, P2.2
    OutgoingEnvelope envelope(header());
    envelope.add_item("event", "{\"platform\":\"native\",\"message\":\"h\xC3\xA9\"}", {});
    envelope.add_item("attachment", "\xEF\xBB\xBFok\r\n", {},
                      {.filename = "a.txt", .content_type = "text/plain"});
    CHECK(items_of(envelope.to_bytes(kNoon)) ==
          "{\"type\":\"event\",\"length\":37}\n"
          "{\"platform\":\"native\",\"message\":\"h\xC3\xA9\"}\n"
          "{\"type\":\"attachment\",\"length\":7,\"filename\":\"a.txt\","
          "\"content_type\":\"text/plain\"}\n"
          "\xEF\xBB\xBFok\r\n\n");
  }

  TEST_CASE("empty payloads are legal") {  // P2.9 C
    OutgoingEnvelope envelope(header());
    envelope.add_item("attachment", "", {}, {.filename = "a"});
    envelope.add_item("attachment", "", {}, {.filename = "b"});
    CHECK(items_of(envelope.to_bytes(kNoon)) ==
          "{\"type\":\"attachment\",\"length\":0,\"filename\":\"a\"}\n\n"
          "{\"type\":\"attachment\",\"length\":0,\"filename\":\"b\"}\n\n");
  }

  TEST_CASE("a file name has no directories, and the default type is not written") {  // C046 C135
    OutgoingEnvelope envelope(header());
    envelope.add_item("attachment", "x", {},
                      {.filename = "/var/log/a.log", .attachment_type = "event.attachment"});
    envelope.add_item("attachment", "x", {},
                      {.filename = "d/m.dmp", .attachment_type = "event.minidump"});
    CHECK(items_of(envelope.to_bytes(kNoon)) ==
          "{\"type\":\"attachment\",\"length\":1,\"filename\":\"a.log\"}\nx\n"
          "{\"type\":\"attachment\",\"length\":1,\"filename\":\"m.dmp\","
          "\"attachment_type\":\"event.minidump\"}\nx\n");
  }

  TEST_CASE("what is written reads back as it was") {
    std::string bytes_of_all;
    for (int i = 0; i < 256; ++i) bytes_of_all.push_back(static_cast<char>(i));
    OutgoingEnvelope envelope(header());
    envelope.write_item("event", {{DataCategory::error, 1}},
                        [](std::string& body) { body.append("{}"); });
    envelope.add_item("attachment", bytes_of_all, {}, {.filename = "all"});

    const Result<Envelope> parsed = Envelope::parse(envelope.to_bytes(kNoon));

    REQUIRE(parsed.has_value());
    CHECK(parsed->headers.find("event_id")->text_or("") == kId);
    REQUIRE(parsed->items.size() == 2);
    CHECK(parsed->items[0].payload == "{}");
    CHECK(parsed->items[1].payload == bytes_of_all);
    CHECK(parsed->items[1].headers.find("length")->number_or(0) == 256);
  }

  TEST_CASE("an item whose writer throws leaves no trace") {
    OutgoingEnvelope envelope(header());
    envelope.add_item("session", "{}", {{DataCategory::session, 1}});
    const std::string before = envelope.to_bytes(kNoon);
    CHECK_THROWS_AS(envelope.write_item("event", {{DataCategory::error, 1}},
                                        [](std::string& body) {
                                          body.append("{\"half\":");
                                          throw std::runtime_error("no more memory");
                                        }),
                    std::runtime_error);
    CHECK(envelope.to_bytes(kNoon) == before);
    CHECK(envelope.quantities() == std::vector<Quantity>{{DataCategory::session, 1}});
  }

  TEST_CASE("attachments leave with their event; sessions and reports stay") {  // P6.5 C146
    OutgoingEnvelope envelope(header());
    envelope.add_item("event", "{}", {{DataCategory::error, 1}});
    envelope.add_item("attachment", "abc", {{DataCategory::attachment, 3}}, {.filename = "a"});
    envelope.add_item("session", "{}", {{DataCategory::session, 1}});
    envelope.add_item("client_report", "{}", {{DataCategory::internal, 1}});

    const auto taken =
        envelope.remove_limited([](DataCategory c) { return c == DataCategory::error; });

    CHECK(taken == std::vector<Quantity>{{DataCategory::error, 1}, {DataCategory::attachment, 3}});
    CHECK(types_of(envelope) == std::vector<std::string>{"session", "client_report"});
  }

  TEST_CASE("a limit on attachments leaves the event") {  // P6.5
    OutgoingEnvelope envelope(header());
    envelope.add_item("event", "{\"a\":1}", {{DataCategory::error, 1}});
    envelope.add_item("attachment", "abc", {{DataCategory::attachment, 3}}, {.filename = "a"});

    const auto taken =
        envelope.remove_limited([](DataCategory c) { return c == DataCategory::attachment; });

    CHECK(taken == std::vector<Quantity>{{DataCategory::attachment, 3}});
    CHECK(items_of(envelope.to_bytes(kNoon)) == "{\"type\":\"event\",\"length\":7}\n{\"a\":1}\n");
  }

  TEST_CASE(
      "a limit on spans leaves a transaction, a limit on transactions takes its spans along") {
    OutgoingEnvelope envelope(header());  // P6.4
    envelope.add_item("transaction", "{}",
                      {{DataCategory::transaction, 1}, {DataCategory::span, 4}});
    CHECK(envelope.remove_limited([](DataCategory c) { return c == DataCategory::span; }).empty());
    const auto taken =
        envelope.remove_limited([](DataCategory c) { return c == DataCategory::transaction; });
    CHECK(taken == std::vector<Quantity>{{DataCategory::transaction, 1}, {DataCategory::span, 4}});
    CHECK(envelope.empty());
  }

  TEST_CASE("either category of a log takes it out, and no limit changes nothing") {  // P6.4
    OutgoingEnvelope envelope;
    envelope.add_item("log", "{}", {{DataCategory::log_item, 1}, {DataCategory::log_byte, 2}});
    const std::string before = envelope.to_bytes(kNoon);
    CHECK(envelope.remove_limited([](DataCategory) { return false; }).empty());
    CHECK(envelope.to_bytes(kNoon) == before);
    const auto taken =
        envelope.remove_limited([](DataCategory c) { return c == DataCategory::log_byte; });
    CHECK(taken.size() == 2);
    CHECK(envelope.empty());
    CHECK(envelope.size_bytes() == 0);
  }

  TEST_CASE("a client report lists what was lost") {  // P5.9
    const std::vector<Loss> losses{{DiscardReason::queue_overflow, DataCategory::error, 2},
                                   {DiscardReason::sample_rate, DataCategory::span, 4}};
    CHECK(test::golden_difference("client_report.json", client_report_payload(losses, kNoon)) ==
          "");
  }
}

}  // namespace
}  // namespace picket::protocol
