#include "json/sink.hpp"

#include "json/writer.hpp"
#include "support/allocations.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

namespace picket::json {
namespace {

void write_sample(Writer& writer) {
  writer.begin_object();
  writer.member("text", "a \"b\" \x01 \xC3\xA4 \xFF");
  writer.key("number");
  writer.number(-1.5);
  writer.key("address");
  writer.hex_address(0x1a2b);
  writer.end_object();
}

TEST_SUITE("json/sink") {
  TEST_CASE("a fixed buffer gets the bytes that a string gets, without an allocation") {  // P7.19
    std::string text;
    Writer to_text(text);
    write_sample(to_text);

    std::array<char, 256> memory{};
    FixedBuffer buffer(memory.data(), memory.size());
    CHECK(tests::count_allocations([&] {
            Writer to_buffer(buffer);
            write_sample(to_buffer);
          }) == 0);
    CHECK(buffer.view() == text);
    CHECK_FALSE(buffer.has_overflowed());
  }

  TEST_CASE("a full buffer says so, and can be taken back to where it was") {
    std::array<char, 16> memory{};
    FixedBuffer buffer(memory.data(), memory.size());
    Writer writer(buffer);
    writer.begin_array();
    writer.number(1);
    const Writer before = writer;
    const std::size_t size = buffer.size();
    writer.text("longer than the room that is left");
    CHECK(buffer.has_overflowed());
    writer = before;
    buffer.rewind(size);
    writer.number(2);
    writer.end_array();
    CHECK(buffer.view() == "[1,2]");
  }

  TEST_CASE("below the depth limit a fixed buffer gets null, where a string gets text") {
    const Value value(Object{{"a", Value(Object{{"b", Value(Object{})}})}});
    std::array<char, 64> memory{};
    FixedBuffer buffer(memory.data(), memory.size());
    append_value(buffer, value, {.max_depth = 2});
    CHECK(buffer.view() == R"({"a":{"b":null}})");
    std::string text;
    append_value(text, value, {.max_depth = 2});
    CHECK(text == R"({"a":{"b":"{}"}})");
  }
}

}  // namespace
}  // namespace picket::json
