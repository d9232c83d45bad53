#include "scope/breadcrumb_data.hpp"

#include "picket/json.hpp"
#include "scope/breadcrumb_trail.hpp"

#include <doctest/doctest.h>

namespace picket::scope {
namespace {

std::string written(Attributes data, std::size_t max_bytes = kMaxBreadcrumbData) {
  std::string out = "left from before";
  write_breadcrumb_data(out, data, max_bytes);
  return out;
}

TEST_SUITE("scope/breadcrumb_data") {
  TEST_CASE("data becomes a JSON object in the order given") {
    CHECK(written({{"amount", 12}, {"currency", "EUR"}, {"paid", true}, {"note", nullptr}}) ==
          R"({"amount":12,"currency":"EUR","paid":true,"note":null})");
    const Object object{{"list", List{1, "two"}}, {"inner", Object{{"a", 1.5}}}};
    CHECK(written(object) == R"({"list":[1,"two"],"inner":{"a":1.5}})");
    const List list{1, 2};
    CHECK(written({{"list", list}}) == R"({"list":[1,2]})");
  }

  TEST_CASE("no data is no text") { CHECK(written({}).empty()); }

  TEST_CASE("of equal keys the last one wins") {
    CHECK(written({{"a", 1}, {"b", 2}, {"a", 3}}) == R"({"b":2,"a":3})");
  }

  TEST_CASE("data that is too long loses its last members and stays valid") {  // P3.16
    CHECK(written({{"a", 1}, {"b", 2}, {"c", 3}}, 19) == R"({"a":1,"b":2,"c":3})");
    CHECK(written({{"a", 1}, {"b", 2}, {"c", 3}}, 18) == R"({"a":1,"b":2})");
    CHECK(written({{"a", "a long text"}}, 8).empty());
  }

  TEST_CASE("one long text is cut on a character boundary and leaves room for others") {
    const std::string text(100'000, 'x');
    const std::string out = written({{"query", text}, {"rows", 3}});
    CHECK(out.size() <= kMaxBreadcrumbData);
    const auto parsed = parse_json(out);
    REQUIRE(parsed.has_value());
    CHECK(parsed->at("query").text_or("").size() == 1024);
    CHECK(parsed->at("query").text_or("").ends_with("x..."));
    CHECK(parsed->at("rows").number_or(0) == 3);
  }
}

}  // namespace
}  // namespace picket::scope
