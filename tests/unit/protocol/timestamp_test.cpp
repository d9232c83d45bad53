#include "protocol/write.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <limits>

namespace picket::protocol {
namespace {

std::string text_of(std::int64_t micros) {
  std::string text;
  append_timestamp(text, WallTime{std::chrono::microseconds(micros)});
  return text;
}

TEST_SUITE("protocol/timestamp") {
  TEST_CASE("a time is written in UTC with six decimals") {  // P0.2
    CHECK(text_of(1'772'366'400'250'000) == "2026-03-01T12:00:00.250000Z");
    CHECK(text_of(1'772'366'400'000'001) == "2026-03-01T12:00:00.000001Z");
    CHECK(text_of(0) == "1970-01-01T00:00:00.000000Z");
    CHECK(text_of(951'782'399'999'999) == "2000-02-28T23:59:59.999999Z");
    CHECK(text_of(951'782'400'000'000) == "2000-02-29T00:00:00.000000Z");
    CHECK(text_of(1'709'251'199'000'000) == "2024-02-29T23:59:59.000000Z");
    CHECK(text_of(4'107'542'400'000'000) == "2100-03-01T00:00:00.000000Z");
  }

  TEST_CASE("times that the server refuses become the nearest it takes") {  // P0.2
    CHECK(text_of(-1) == "1970-01-01T00:00:00.000000Z");
    CHECK(text_of(std::numeric_limits<std::int64_t>::min()) == "1970-01-01T00:00:00.000000Z");
    CHECK(text_of(253'402'300'800'000'000) == "9999-12-31T23:59:59.999999Z");
    CHECK(text_of(std::numeric_limits<std::int64_t>::max()) == "9999-12-31T23:59:59.999999Z");
  }

  TEST_CASE("a time is appended, and written as text") {
    std::string out = "at ";
    append_timestamp(out, WallTime{});
    CHECK(out == "at 1970-01-01T00:00:00.000000Z");
    std::string json;
    json::Writer writer(json);
    write_timestamp(writer, WallTime{});
    CHECK(json == "\"1970-01-01T00:00:00.000000Z\"");
  }
}

}  // namespace
}  // namespace picket::protocol
