#include "transport/spool_format.hpp"

#include "spool_support.hpp"
#include "transport/checksum.hpp"

namespace picket::transport {
namespace {

constexpr WallTime kCreated{std::chrono::microseconds(1'700'000'000'000'001)};

SpooledEnvelope record(std::string_view body) {
  return {.stored_at = WallTime(std::chrono::microseconds(1'700'000'000'000'123)),
          .priority = 5,
          .category = DataCategory::error,
          .event_id = event_id(7),
          .quantities = {{DataCategory::error, 1}, {DataCategory::attachment, 1U << 20U}},
          .reported = {{DiscardReason::sample_rate, DataCategory::transaction, 3}},
          .dsn = "https://k@h/1",
          .trace = R"({"trace_id":"1"})",
          .body = body};
}

std::string encoded(std::string_view body) {
  return encode_before_body(record(body)).value() + std::string(body);
}

std::string segment(std::initializer_list<std::string> records) {
  std::string bytes = encode_segment_header(kCreated);
  for (const std::string& one : records) bytes += one;
  return bytes;
}

struct ReadBack {
  std::vector<std::string> bodies;
  std::size_t damaged = 0;
  std::size_t end = 0;
};

ReadBack read(std::string_view bytes) {
  ReadBack result;
  SegmentReader reader(bytes);
  while (const auto found = reader.next()) {
    if (const auto* const envelope = std::get_if<SpooledEnvelope>(&found->record)) {
      result.bodies.emplace_back(envelope->body);
    }
  }
  result.damaged = reader.damaged();
  result.end = reader.end();
  return result;
}

using Bodies = std::vector<std::string>;

TEST_SUITE("transport/spool_format") {
  TEST_CASE("the bytes of a header and a tombstone are those of the description") {
    const std::string header = encode_segment_header(kCreated);
    CHECK(header.substr(0, 20) ==
          std::string("\x89picket\n\x01\0\0\0\x01\x40\x1E\x18\x24\x0A\x06\x00", 20));
    CHECK(header.size() == kSegmentHeaderSize);
    const std::string tombstone = encode(Tombstone{0x0102030405});
    CHECK(tombstone.size() == kTombstoneSize);
    CHECK(tombstone.substr(0, 4) == "PKR1");
    CHECK(tombstone.substr(8) == std::string("\x0C\0\0\0\x02\0\0\0\x05\x04\x03\x02\x01\0\0\0", 16));
  }

  TEST_CASE("the members of an envelope lie where the description says") {
    const std::string bytes = encoded("BODY");
    CHECK(bytes.substr(8, 8) == std::string("\x65\0\0\0\x01\x05\0\0", 8));
    CHECK(bytes.substr(16, 4) == std::string("\x02\0\x01\0", 4));
    CHECK(bytes.substr(28, 16) == std::string("\xEE\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x07", 16));
    CHECK(bytes.substr(44, 8) == std::string("\x0D\0\0\0\x10\0\0\0", 8));
    CHECK(bytes.substr(52, 9) == std::string("\0\x01\0\0\0\0\0\0\0", 9));
    CHECK(bytes.substr(61, 9) == std::string("\x07\0\0\x10\0\0\0\0\0", 9));
    CHECK(bytes.substr(70, 10) == std::string("\x07\x01\x03\0\0\0\0\0\0\0", 10));
    CHECK(bytes.substr(80) == "https://k@h/1{\"trace_id\":\"1\"}BODY");
  }

  TEST_CASE("what is written reads back") {
    const std::string bytes = encoded("a\nbody");
    const auto read = decode_spool_record(bytes);
    REQUIRE(read);
    const auto& envelope = std::get<SpooledEnvelope>(*read);
    const SpooledEnvelope written = record("a\nbody");
    CHECK(envelope.stored_at == written.stored_at);
    CHECK(envelope.priority == written.priority);
    CHECK(envelope.category == written.category);
    CHECK(envelope.event_id == written.event_id);
    CHECK(envelope.quantities == written.quantities);
    CHECK(envelope.reported == written.reported);
    CHECK(envelope.dsn == written.dsn);
    CHECK(envelope.trace == written.trace);
    CHECK(envelope.body == written.body);
  }

  TEST_CASE("a record with any byte changed, cut or added is none") {
    const std::string bytes = encoded("body");
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      CAPTURE(i);
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ 0x10);
      CHECK_FALSE(decode_spool_record(changed));
      CHECK_FALSE(decode_spool_record(std::string_view(bytes).substr(0, i)));
    }
    CHECK_FALSE(decode_spool_record(bytes + "x"));
  }

  TEST_CASE("a segment cut anywhere yields its whole records and counts as undamaged") {
    const std::string first = segment({encoded("one")});
    const std::string both = segment({encoded("one"), encoded("two")});
    for (std::size_t size = 0; size < both.size(); ++size) {
      CAPTURE(size);
      const ReadBack found = read(std::string_view(both).substr(0, size));
      CHECK(found.damaged == 0);
      CHECK(found.bodies == (size < first.size() ? Bodies{} : Bodies{"one"}));
      CHECK(found.end == (size < kSegmentHeaderSize ? 0
                          : size < first.size()     ? kSegmentHeaderSize
                                                    : first.size()));
    }
    CHECK(read(both).bodies == Bodies{"one", "two"});
  }

  TEST_CASE("zeros at the end are what a loss of power leaves") {
    const std::string whole = segment({encoded("one")});
    const ReadBack found = read(whole + std::string(4096, '\0'));
    CHECK(found.bodies == Bodies{"one"});
    CHECK(found.damaged == 0);
    CHECK(found.end == whole.size());
    CHECK(read(std::string(4096, '\0')).damaged == 0);
  }

  TEST_CASE("damage anywhere costs what it hit and counts once") {
    const std::string whole = segment({encoded("one"), encoded("two"), encoded("three")});
    const std::size_t two = segment({encoded("one")}).size();
    const std::size_t three = segment({encoded("one"), encoded("two")}).size();
    for (std::size_t i = 0; i < whole.size(); ++i) {
      CAPTURE(i);
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ 0x41);
      const ReadBack found = read(changed);
      Bodies expected{"one", "two", "three"};
      if (i >= three) {
        expected.erase(expected.begin() + 2);
      } else if (i >= kSegmentHeaderSize) {
        expected.erase(expected.begin() + (i >= two ? 1 : 0));
      }
      CHECK(found.bodies == expected);
      // A length that now reaches beyond the end looks like an unfinished record.
      const bool length_of_last = i >= three + 8 && i < three + 12;
      CHECK(found.damaged == (length_of_last && found.end == three ? found.damaged : 1));
    }
  }

  TEST_CASE("damage in several places counts each") {
    std::string bytes = segment({encoded("one")});
    bytes += "rubbish" + encoded("two") + "PKR1more rubbish" + encoded("three");
    const ReadBack found = read(bytes);
    CHECK(found.bodies == Bodies{"one", "two", "three"});
    CHECK(found.damaged == 2);
  }

  TEST_CASE("rubbish with forged markers is given up in bounded time") {
    std::string marker = "PKR1";
    marker += std::string("\0\0\0\0\0\0\x7F\0", 8);  // reaches eight megabytes ahead
    std::string bytes = segment({});
    while (bytes.size() < (16U << 20U)) bytes += marker;
    CHECK(read(bytes).damaged == 1);  // to checksum them all would take an hour
  }

  TEST_CASE("a segment of a newer version is known as such and never read") {
    std::string bytes = segment({encoded("one")});
    bytes[8] = 2;
    CHECK_FALSE(SegmentReader(bytes).is_newer());  // only a flipped bit: the checksum does not fit
    CHECK(read(bytes).bodies == Bodies{"one"});
    const std::uint32_t sum = crc32(std::string_view(bytes).substr(0, 20));
    for (unsigned i = 0; i < 4; ++i) bytes[20 + i] = static_cast<char>(sum >> (8 * i));
    CHECK(SegmentReader(bytes).is_newer());
    CHECK(read(bytes).bodies.empty());
    CHECK(read(bytes).damaged == 0);
  }
}

}  // namespace
}  // namespace picket::transport
