#include "picket/envelope.hpp"

#include "picket/json.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace picket {
namespace {

using namespace std::string_literals;

// P2.9, letter by letter.
const std::string kExampleA =
    "{\"event_id\":\"0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2b\",\"sent_at\":\"2026-03-01T12:00:00.500Z\"}\n"
    "{\"type\":\"event\",\"length\":146}\n"
    "{\"event_id\":\"0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2b\",\"timestamp\":1772366400.25,"
    "\"platform\":\"native\",\"level\":\"error\",\"logentry\":{\"formatted\":\"disk full\"}}\n";
const std::string kExampleB =
    "{\"event_id\":\"0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2b\"}\n"
    "{\"type\":\"event\",\"length\":37}\n"
    "{\"platform\":\"native\",\"message\":\"h\xC3\xA9\"}\n"
    "{\"type\":\"attachment\",\"length\":7,\"filename\":\"a.txt\",\"content_type\":\"text/"
    "plain\"}\n"
    "\xEF\xBB\xBFok\r\n\n";
const std::string kExampleC =
    "{\"event_id\":\"0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2b\"}\n"
    "{\"type\":\"attachment\",\"length\":0,\"filename\":\"a\"}\n\n"
    "{\"type\":\"attachment\",\"length\":0,\"filename\":\"b\"}\n\n";
const std::string kExampleD =
    "{\"event_id\":\"0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2b\"}\n"
    "{\"type\":\"attachment\",\"filename\":\"a\"}\n"
    "abc\r\n";
const std::string kSession =
    "{\"sid\":\"5d9f7a3e1b2c4d6f8a0b1c2d3e4f5a6b\",\"init\":true,"
    "\"started\":\"2026-03-01T12:00:00Z\",\"status\":\"ok\",\"errors\":0,"
    "\"attrs\":{\"release\":\"shop@1.4.0\"}}";
const std::string kExampleE = "{}\n{\"type\":\"session\"}\n" + kSession;
const std::string kExampleG =
    "{}\n{\"type\":\"client_report\",\"length\":105}\n"
    "{\"timestamp\":1772366400,\"discarded_events\":[{\"reason\":\"queue_overflow\","
    "\"category\":\"error\",\"quantity\":2}]}\n";
const std::string kExampleH =
    "{\"sent_at\":\"2026-03-01T12:00:05.000Z\"}\n"
    "{\"type\":\"log\",\"item_count\":1,"
    "\"content_type\":\"application/vnd.sentry.items.log+json\",\"length\":214}\n"
    "{\"version\":2,\"items\":[{\"timestamp\":1772366400.5,"
    "\"trace_id\":\"7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a\",\"level\":\"info\",\"severity_number\":9,"
    "\"body\":\"up\",\"attributes\":{\"sentry.release\":{\"value\":\"shop@1.4.0\","
    "\"type\":\"string\"}}}]}\n";

std::string without_last(std::string bytes) {
  bytes.pop_back();
  return bytes;
}

std::uint32_t crc32_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

Envelope parsed(std::string_view bytes) {
  Result<Envelope> envelope = Envelope::parse(bytes);
  REQUIRE_MESSAGE(envelope, (envelope ? "" : envelope.error().message));
  return *std::move(envelope);
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

EnvelopeItem item(Object headers, std::string payload) {
  return {.headers = std::move(headers), .payload = std::move(payload)};
}

TEST_SUITE("protocol/envelope") {
  TEST_CASE("the examples of the protocol read and write byte for byte") {  // P2.9, C029
    struct Row {
      std::string_view name;
      const std::string& bytes;
      std::size_t size;
      std::uint32_t crc;
      std::size_t items;
      bool is_our_form;  // with every length and the final line feed
    };
    const std::string c_cut = without_last(kExampleC);
    const std::string f = "{}";
    const std::string f_line = "{}\n";
    const Row rows[] = {
        {"A", kExampleA, 262, 0x2eba4409, 1, true},
        {"B", kExampleB, 203, 0x1632a72d, 2, true},
        {"C", kExampleC, 146, 0x8cf579ec, 2, true},
        {"C cut", c_cut, 145, 0x296f6f72, 2, false},
        {"D", kExampleD, 90, 0x2e441502, 1, false},
        {"E", kExampleE, 167, 0x811e088b, 1, false},
        {"F", f, 2, crc32_of("{}"), 0, false},
        {"F line", f_line, 3, crc32_of("{}\n"), 0, true},
        {"G", kExampleG, 147, 0x29d8d60d, 1, true},
        {"H", kExampleH, 352, 0x8b97260b, 1, true},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      REQUIRE(row.bytes.size() == row.size);
      REQUIRE(crc32_of(row.bytes) == row.crc);
      const Envelope envelope = parsed(row.bytes);
      CHECK(envelope.items.size() == row.items);
      const std::string written = envelope.to_bytes();
      CHECK((written == row.bytes) == row.is_our_form);
      CHECK(parsed(written).to_bytes() == written);
    }
  }

  TEST_CASE("an envelope is written from its parts") {  // P2.9, C029
    Envelope envelope;
    envelope.headers.set("event_id", "0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2b");
    envelope.items.push_back(
        item({{"type", "event"}}, "{\"platform\":\"native\",\"message\":\"h\xC3\xA9\"}"));
    envelope.items.push_back(
        item({{"type", "attachment"}, {"filename", "a.txt"}, {"content_type", "text/plain"}},
             "\xEF\xBB\xBFok\r\n"));
    CHECK(envelope.to_bytes() == kExampleB);

    const Envelope session{.items = {item({{"type", "session"}}, kSession)}};
    CHECK(session.to_bytes() == "{}\n{\"type\":\"session\",\"length\":145}\n" + kSession + "\n");
  }

  TEST_CASE("a stale length is replaced by the exact one") {  // P2.2-1, C031
    const Envelope envelope{
        .items = {item({{"length", 99}, {"type", "x"}, {"k", "v"}}, "\xE2\x82\xAC")}};
    CHECK(envelope.to_bytes() == "{}\n{\"length\":3,\"type\":\"x\",\"k\":\"v\"}\n\xE2\x82\xAC\n");
  }

  TEST_CASE("a carriage return belongs to an implicit payload") {  // P2.1-2, C032
    const Envelope envelope = parsed(kExampleD);
    CHECK(envelope.items[0].payload == "abc\r");
    CHECK(envelope.items[0].headers == Object{{"type", "attachment"}, {"filename", "a"}});
  }

  TEST_CASE("a payload without length ends at the first line feed") {  // P2.2-4, C032
    const Envelope envelope =
        parsed("{}\n{\"type\":\"a\"}\none\n{\"type\":\"b\"}\n\n{\"type\":\"c\"}\nthree");
    REQUIRE(envelope.items.size() == 3);
    CHECK(envelope.items[0].payload == "one");
    CHECK(envelope.items[1].payload.empty());
    CHECK(envelope.items[2].payload == "three");
  }

  TEST_CASE("a payload with length may hold any byte") {  // P2.2-2
    const std::string payload = "\n{\"type\":\"x\"}\n\0\xFF\n"s;
    const std::string bytes = "{}\n{\"type\":\"a\",\"length\":" + std::to_string(payload.size()) +
                              "}\n" + payload + "\n{\"type\":\"b\"}\nend\n";
    const Envelope envelope = parsed(bytes);
    REQUIRE(envelope.items.size() == 2);
    CHECK(envelope.items[0].payload == payload);
    CHECK(envelope.items[1].payload == "end");
  }

  TEST_CASE("a header may end the input when its payload is empty") {  // P2.1-1
    CHECK(parsed("{}\n{\"type\":\"a\"}").items[0].payload.empty());
    CHECK(parsed("{}\n{\"type\":\"a\",\"length\":0}").items[0].payload.empty());
    CHECK(parsed("{}\n{\"type\":\"a\",\"length\":0}\n").items.size() == 1);
    CHECK(parsed("{}\n{\"type\":\"a\",\"length\":0}\n\n").items.size() == 1);
  }

  TEST_CASE("unknown types and header keys survive") {  // P2.1-4, P2.1-5, C034
    const std::string bytes =
        "{\"future\":{\"a\":[1,-2.5,null,18446744073709551615]},\"dsn\":\"https://k@h/1\"}\n"
        "{\"type\":\"novelty\",\"length\":3,\"hint\":[true,\"\xC3\xA9\"],\"z\":null}\nabc\n";
    const Envelope envelope = parsed(bytes);
    CHECK(envelope.items[0].type() == "novelty");
    CHECK(envelope.to_bytes() == bytes);
  }

  TEST_CASE("malformed envelopes are refused with the item and the fault") {  // P2.9, C030, C033
    struct Row {
      std::string_view name;
      std::string bytes, where, fault;
    };
    const Row rows[] = {
        {"empty input", "", "envelope header", "empty"},
        {"first line is a list", "[]\n", "envelope header", "JSON object"},
        {"first line is text", "hello\n", "envelope header", "JSON object"},
        {"first line is empty", "\n{}", "envelope header", "JSON object"},
        {"first line is broken", "{\"a\":}\n", "envelope header", "invalid JSON"},
        {"first line is two objects", "{}{}\n", "envelope header", "invalid JSON"},
        {"first line is not UTF-8", "{\"a\":\"\xFF\"}\n", "envelope header", "invalid JSON"},
        {"byte order mark", "\xEF\xBB\xBF{}\n", "envelope header", "JSON object"},
        {"space before", " {}\n", "envelope header", "JSON object"},
        {"space after", "{} \n", "envelope header", "JSON object"},
        {"carriage return after", "{}\r\n", "envelope header", "JSON object"},
        {"header over two lines", "{\n}\n", "envelope header", "JSON object"},
        {"no type", "{}\n{\"length\":0}\n\n", "item 0 header", "type"},
        {"type is a number", "{}\n{\"type\":1}\n\n", "item 0 header", "type"},
        {"type is null", "{}\n{\"type\":null}\n\n", "item 0 header", "type"},
        {"short payload", "{}\n{\"type\":\"x\",\"length\":5}\nabc", "item 0", "ends before"},
        {"no payload", "{}\n{\"type\":\"x\",\"length\":1}", "item 0", "ends before"},
        {"long payload", "{}\n{\"type\":\"x\",\"length\":3}\nabcd", "item 0", "goes on"},
        {"header is a list", "{}\n[1]\nabc\n", "item 0 header", "JSON object"},
        {"length is negative", "{}\n{\"type\":\"x\",\"length\":-1}\n\n", "item 0 header", "length"},
        {"length is a fraction", "{}\n{\"type\":\"x\",\"length\":0.5}\n\n", "item 0 header",
         "length"},
        {"length is 3.0", "{}\n{\"type\":\"x\",\"length\":3.0}\nabc\n", "item 0 header", "length"},
        {"length is text", "{}\n{\"type\":\"x\",\"length\":\"0\"}\n\n", "item 0 header", "length"},
        {"length is null", "{}\n{\"type\":\"x\",\"length\":null}\n\n", "item 0 header", "length"},
        {"length is true", "{}\n{\"type\":\"x\",\"length\":true}\n\n", "item 0 header", "length"},
        {"length is huge", "{}\n{\"type\":\"x\",\"length\":18446744073709551615}\nabc\n", "item 0",
         "ends before"},
        {"length is int64's last", "{}\n{\"type\":\"x\",\"length\":9223372036854775807}\nabc\n",
         "item 0", "ends before"},
        {"text after the end", kExampleA + " ", "item 1 header", "JSON object"},
        {"second final line feed", kExampleA + "\n", "item 1 header", "JSON object"},
        {"line feed after an empty one", "{}\n\n", "item 0 header", "JSON object"},
        {"fault in the third item", kExampleB + "{}", "item 2 header", "type"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const Result<Envelope> envelope = Envelope::parse(row.bytes);
      REQUIRE_FALSE(envelope);
      CHECK(envelope.error().code == Errc::invalid_envelope);
      CAPTURE(envelope.error().message);
      CHECK(envelope.error().message.starts_with(row.where + ": "));
      CHECK(envelope.error().message.find(row.fault) != std::string::npos);
    }
  }

  TEST_CASE("every prefix of an envelope is read or refused within its bytes") {
    for (const std::string* const bytes : {&kExampleA, &kExampleB, &kExampleC, &kExampleH}) {
      for (std::size_t size = 0; size < bytes->size(); ++size) {
        const std::string prefix = bytes->substr(0, size);  // its own block: overruns are seen
        const Result<Envelope> envelope = Envelope::parse(prefix);
        if (envelope) CHECK(Envelope::parse(envelope->to_bytes()).has_value());
      }
    }
  }

  TEST_CASE("very many items are read one by one") {
    std::string bytes = "{}\n";
    constexpr std::size_t kCount = 20'000;
    for (std::size_t i = 0; i < kCount; ++i) bytes += "{\"type\":\"x\",\"length\":1}\na\n";
    const Envelope envelope = parsed(bytes);
    CHECK(envelope.items.size() == kCount);
    CHECK(envelope.to_bytes() == bytes);
  }

  TEST_CASE("the first item of a type is found") {
    const Envelope envelope = parsed(kExampleC);
    CHECK(envelope.find("attachment") == &envelope.items[0]);
    CHECK(envelope.find("event") == nullptr);
    CHECK(EnvelopeItem{}.type().empty());
  }

  TEST_CASE("what other clients send is read, and written back without loss") {
    std::size_t count = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(PICKET_TESTS_DIR "/golden/reference")) {
      if (entry.path().extension() != ".envelope") continue;
      CAPTURE(entry.path().filename().string());
      ++count;
      const Envelope envelope = parsed(read_file(entry.path()));
      CHECK_FALSE(envelope.items.empty());
      const Envelope again = parsed(envelope.to_bytes());
      CHECK(again.to_bytes() == envelope.to_bytes());
      CHECK(again.headers == envelope.headers);
      REQUIRE(again.items.size() == envelope.items.size());
      for (std::size_t i = 0; i < again.items.size(); ++i) {
        Object headers = envelope.items[i].headers;
        headers.set("length", envelope.items[i].payload.size());  // where it was implicit
        CHECK(again.items[i].headers == headers);
        CHECK(again.items[i].payload == envelope.items[i].payload);
        if (envelope.items[i].type() != "attachment") {
          CHECK(parse_json(envelope.items[i].payload).has_value());
        }
      }
    }
    CHECK(count == 20);
  }
}

}  // namespace
}  // namespace picket
