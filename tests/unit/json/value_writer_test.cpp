#include "json/reader.hpp"
#include "json/writer.hpp"

#include <doctest/doctest.h>

#include <clocale>
#include <cstdint>
#include <limits>
#include <string>

namespace picket::json {
namespace {

std::string written(const Value& value, const Limits& limits) {
  std::string out;
  append_value(out, value, limits);
  return out;
}

Value nested(std::size_t depth) {
  Value value(1);
  for (std::size_t i = 0; i < depth; ++i) {
    List list;
    list.push_back(std::move(value));
    value = Value(std::move(list));
  }
  return value;
}

TEST_SUITE("json/value_writer") {
  TEST_CASE("each kind of value is written compactly") {  // P0.3
    const Value value = Object{{"a", nullptr}, {"b", true},   {"c", -1},
                               {"d", 1.5},     {"e", "x\"y"}, {"f", List{1, "2", Object{}}},
                               {"g", List{}}};
    CHECK(to_json(value) ==
          R"({"a":null,"b":true,"c":-1,"d":1.5,"e":"x\"y","f":[1,"2",{}],"g":[]})");
  }

  TEST_CASE("doubles are the shortest text that reads back the same") {  // P0.3
    CHECK(to_json(0.1) == "0.1");
    CHECK(to_json(1.0) == "1");
    CHECK(to_json(-0.0) == "-0.0");
    CHECK(to_json(1772366400.25) == "1772366400.25");
    for (const double number :
         {0.1 + 0.2, 1e300, 5e-324, 1.7976931348623157e308, -2.5e-7, 123456789012345680.0}) {
      CHECK(parse_json(to_json(number))->number_or(0) == number);
    }
  }

  TEST_CASE("NaN and infinities become null") {  // P0.3
    CHECK(to_json(std::numeric_limits<double>::quiet_NaN()) == "null");
    CHECK(to_json(std::numeric_limits<double>::infinity()) == "null");
    CHECK(to_json(-std::numeric_limits<double>::infinity()) == "null");
  }

  TEST_CASE("a locale with a decimal comma changes nothing") {
    const std::string former = std::setlocale(LC_ALL, nullptr);
    std::setlocale(LC_ALL, "de_DE.UTF-8");  // where it is installed
    CHECK(to_json(1.5) == "1.5");
    std::setlocale(LC_ALL, former.c_str());
  }

  TEST_CASE("unsigned numbers beyond 2^53-1 become text unless they must stay exact") {  // P0.3
    CHECK(to_json(9007199254740991U) == "9007199254740991");
    CHECK(to_json(9007199254740992U) == "\"9007199254740992\"");
    CHECK(to_json(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK(written(std::numeric_limits<std::uint64_t>::max(), kNoLimits) == "18446744073709551615");
  }

  TEST_CASE("containers beyond the depth limit become their JSON text") {  // P7.11, C169
    const Value value = Object{{"a", Object{{"b", Object{{"c", "\"x\""}}}}}, {"d", 1}};
    CHECK(written(value, {.max_depth = 3}) == R"({"a":{"b":{"c":"\"x\""}},"d":1})");
    CHECK(written(value, {.max_depth = 2}) == R"({"a":{"b":"{\"c\":\"\\\"x\\\"\"}"},"d":1})");
    CHECK(written(value, {.max_depth = 1}) == R"({"a":"{\"b\":{\"c\":\"\\\"x\\\"\"}}","d":1})");
  }

  TEST_CASE("members beyond the breadth limit are left out, at every level") {  // P7.11, C169
    const Value value = List{1, List{2, 3, 4}, 5};
    CHECK(written(value, {.max_breadth = 2}) == "[1,[2,3]]");
    CHECK(written(value, {.max_depth = 1, .max_breadth = 2}) == R"([1,"[2,3]"])");
    const Value object = Object{{"a", 1}, {"b", 2}};
    CHECK(written(object, {.max_breadth = 1}) == R"({"a":1})");
    CHECK(written(object, {.max_breadth = 0}) == "{}");
  }

  TEST_CASE("the default limits are seven levels and a hundred members") {  // P7.11
    CHECK(written(nested(7), {}) == "[[[[[[[1]]]]]]]");
    CHECK(written(nested(8), {}) == "[[[[[[[\"[1]\"]]]]]]]");
    const Value wide = List(101, Value(0));
    CHECK(parse_json(written(wide, {}))->as_list()->size() == 100);
  }

  TEST_CASE("whatever the reader takes is written back whole") {
    const std::string text = std::string(512, '[') + std::string(512, ']');
    CHECK(to_json(*parse_json(text)) == text);
  }

  TEST_CASE("a value deeper than any reader takes is written as valid JSON") {
    for (const Limits& limits : {Limits{}, kNoLimits}) {
      CHECK(parse_json(written(nested(2000), limits)).has_value());
    }
    CHECK(to_json(nested(513)) == std::string(512, '[') + "null" + std::string(512, ']'));
  }

  TEST_CASE("keys are escaped and repaired like texts") {
    CHECK(to_json(Object{{"a\"\xFF", 1}}) == "{\"a\\\"\xEF\xBF\xBD\":1}");
  }
}

}  // namespace
}  // namespace picket::json
