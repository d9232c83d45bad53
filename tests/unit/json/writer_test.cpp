#include "json/writer.hpp"

#include "json/reader.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace picket::json {
namespace {

TEST_SUITE("json/writer") {
  TEST_CASE("commas and colons place themselves") {
    std::string out = "before ";
    Writer writer(out);
    writer.begin_object();
    writer.key("a");
    writer.begin_array();
    writer.number(1);
    writer.begin_object();
    writer.end_object();
    writer.begin_array();
    writer.end_array();
    writer.null();
    writer.boolean(false);
    writer.end_array();
    writer.key("b");
    writer.text("x");
    writer.key("c");
    writer.raw("{\"r\":[1]}");
    writer.key("d");
    writer.value(List{1, 2});
    writer.key("e");
    writer.object(Object{{"k", "v"}});
    writer.member("f", "text");
    writer.member("left out", "");
    writer.end_object();
    CHECK(
        out ==
        R"(before {"a":[1,{},[],null,false],"b":"x","c":{"r":[1]},"d":[1,2],"e":{"k":"v"},"f":"text"})");
  }

  TEST_CASE("numbers of every width are written") {  // P0.3
    std::string out;
    Writer writer(out);
    writer.begin_array();
    writer.number(std::int64_t{-5});
    writer.number(std::uint64_t{5});
    writer.number(static_cast<unsigned char>(7));
    writer.number(0.25);
    writer.number(std::numeric_limits<std::int64_t>::max());
    writer.number(std::numeric_limits<std::uint64_t>::max());
    writer.number(std::numeric_limits<double>::quiet_NaN());
    writer.end_array();
    CHECK(out == R"([-5,5,7,0.25,9223372036854775807,"18446744073709551615",null])");
  }

  TEST_CASE("a double that is too large for an integer of 64 bits reads back") {  // P0.3
    std::string out;
    append_value(out, List{18446744073709551616.0, -9223372036854775808.0, 9223372036854774784.0});
    CHECK(out == "[1.8446744073709552e+19,-9.223372036854776e+18,9223372036854774784]");
    const auto back = parse_json(out);
    REQUIRE(back);
    CHECK(back->at("0").number_or(0) == 18446744073709551616.0);
  }

  TEST_CASE("a negative zero keeps its sign") {  // P0.3
    std::string out;
    append_value(out, List{-0.0, 0.0});
    CHECK(out == "[-0.0,0]");
    const auto back = parse_json(out);
    REQUIRE(back);
    CHECK(std::signbit(back->at("0").number_or(1)));
  }

  TEST_CASE("an address is lower-case hex in quotes") {  // P3.12
    std::string out;
    Writer writer(out);
    writer.begin_array();
    writer.hex_address(0x1A2B);
    writer.hex_address(0);
    writer.hex_address(~std::uint64_t{0});
    writer.end_array();
    CHECK(out == R"(["0x1a2b","0x0","0xffffffffffffffff"])");
  }

  TEST_CASE("limits are counted from the value handed in") {  // P7.11
    std::string out;
    Writer writer(out);
    writer.begin_array();
    writer.value(List{List{1}, 2, 3}, {.max_depth = 1, .max_breadth = 2});
    writer.end_array();
    CHECK(out == R"([["[1]",2]])");
  }

  TEST_CASE("nesting beyond the limit of the writer becomes null") {
    for (const std::size_t extra : {0U, 1U, 2U, 70U}) {
      CAPTURE(extra);
      const std::size_t depth = Writer::kMaxDepth + extra;
      std::string out;
      Writer writer(out);
      for (std::size_t i = 0; i < depth; ++i) {
        writer.begin_object();
        writer.key("k");
      }
      writer.hex_address(1);
      for (std::size_t i = 0; i < depth; ++i) {
        writer.key("next");
        writer.text("x");
        writer.end_object();
      }
      const Result<Value> back = parse_json(out);
      REQUIRE(back);
      CHECK(back->at("next") == Value("x"));
      std::string path = "k";
      for (std::size_t i = 1; i < Writer::kMaxDepth; ++i) path += ".k";
      CHECK(back->at(path).is_null() == (extra > 0));
      CHECK(back->at(path.substr(2) + ".k").is_null() == (extra > 0));
    }
  }

  TEST_CASE("an end too many is ignored") {
    std::string out;
    Writer writer(out);
    writer.begin_array();
    writer.end_array();
    writer.end_array();
    CHECK(out == "[]");
  }
}

}  // namespace
}  // namespace picket::json
