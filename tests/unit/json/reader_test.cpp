#include "json/reader.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace picket::json {
namespace {

Value parsed(std::string_view text) {
  Result<Value> value = parse_json(text);
  REQUIRE_MESSAGE(value, text);
  return *std::move(value);
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST_SUITE("json/reader") {
  TEST_CASE("each kind of value is read as itself") {
    CHECK(parsed("null").is_null());
    CHECK(*parsed(" true ").as_bool());
    CHECK_FALSE(*parsed("false").as_bool());
    CHECK(*parsed("-12").as_int() == -12);
    CHECK(*parsed("1.5e3").as_double() == 1500.0);
    CHECK(*parsed("1.0").as_double() == 1.0);
    CHECK(*parsed("\"h\\u00e9\\n\\ud83d\\ude00\"").as_text() == "h\xC3\xA9\n\xF0\x9F\x98\x80");
    CHECK(parsed("[1,[],{}]").as_list()->size() == 3);
    CHECK(parsed("{\"b\":1,\"a\":2}").as_object()->begin()->key == "b");
  }

  TEST_CASE("an integer is signed where it fits") {
    CHECK(*parsed("9223372036854775807").as_int() == std::numeric_limits<std::int64_t>::max());
    CHECK(*parsed("-9223372036854775808").as_int() == std::numeric_limits<std::int64_t>::min());
    CHECK(*parsed("9223372036854775808").as_uint() == 9223372036854775808U);
    CHECK(*parsed("18446744073709551615").as_uint() == 18446744073709551615U);
  }

  TEST_CASE("a NUL inside a text is kept") {
    CHECK(*parsed("\"a\\u0000b\"").as_text() == std::string("a\0b", 3));
  }

  TEST_CASE("of duplicate keys the last one wins") {
    const Value value = parsed("{\"a\":1,\"b\":2,\"a\":{\"c\":1,\"c\":3}}");
    CHECK(value.as_object()->size() == 2);
    CHECK(value.at("a.c") == Value(3));
  }

  TEST_CASE("an object with very many members is read in reasonable time") {
    std::string text = "{";
    constexpr std::size_t kCount = 100'000;
    for (std::size_t i = 0; i < kCount; ++i) {
      text += "\"key" + std::to_string(i % (kCount / 2)) + "\":" + std::to_string(i) + ",";
    }
    text.back() = '}';
    const Value value = parsed(text);
    REQUIRE(value.as_object()->size() == kCount / 2);
    CHECK(value.as_object()->begin()->key == "key0");
    CHECK(value.as_object()->begin()->value == Value(kCount / 2));
    CHECK((value.as_object()->end() - 1)->value == Value(kCount - 1));
  }

  TEST_CASE("nesting is read down to 512 and refused below") {
    CHECK(parse_json(nested(512)).has_value());
    CHECK_FALSE(parse_json(nested(513)).has_value());
    CHECK_FALSE(parse_json(std::string(1'000'000, '[')).has_value());
    std::string objects = "1";
    for (int i = 0; i < 512; ++i) objects = "{\"a\":" + objects + "}";
    CHECK(parse_json(objects).has_value());
    CHECK_FALSE(parse_json("[" + objects + "]").has_value());
  }

  TEST_CASE("what is not one JSON document is refused") {
    const std::string_view rows[] = {
        "",           " ",           "{",
        "}",          "[1,]",        "{\"a\"}",
        "{\"a\":1,}", "nul",         "nulll",
        "01",         "1.",          "+1",
        "NaN",        "Infinity",    "1 2",
        "{}{}",       "[1}",         "'a'",
        "\"a",        "\"a\nb\"",    "\"\\x\"",
        "\"\\u12\"",  "\"\xFF\"",    "\"\xC3\"",
        "1e999",      "// a\n1",     "\xEF\xBB\xBF{}",
        "[1 2]",      "{\"a\" 1}",   "{1:2}",
        "\"\\",       "\"\\ud83d\"", "\"\\udc00\"",
    };
    for (const std::string_view row : rows) {
      CAPTURE(row);
      const Result<Value> value = parse_json(row);
      REQUIRE_FALSE(value);
      CHECK(value.error().code == Errc::invalid_json);
      CHECK(value.error().message.starts_with("invalid JSON: "));
    }
  }

  TEST_CASE("text without a terminator and inside a page is read within its bounds") {
    const std::string text = "[1,2,3]99999";
    CHECK(parsed(std::string_view(text).substr(0, 7)).as_list()->size() == 3);
  }

  TEST_CASE("valid UTF-8 is told from invalid") {
    CHECK(is_valid_utf8(""));
    CHECK(is_valid_utf8("h\xC3\xA9 \xF0\x9F\x98\x80"));
    CHECK_FALSE(is_valid_utf8("\xC3"));
    CHECK_FALSE(is_valid_utf8("\xC0\x80"));
    CHECK_FALSE(is_valid_utf8("\xED\xA0\x80"));
    CHECK_FALSE(is_valid_utf8("\xF4\x90\x80\x80"));
  }
}

}  // namespace
}  // namespace picket::json
