#include "scope/breadcrumb_data.hpp"

#include "picket/json.hpp"
#include "scope/breadcrumb_trail.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

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

  TEST_CASE("one byte that needs escaping is seen wherever it stands") {
    for (std::size_t size = 1; size < 20; ++size) {
      for (std::size_t at = 0; at < size; ++at) {
        for (int c = 0; c < 256; ++c) {
          std::string text(size, 'x');
          text[at] = static_cast<char>(c);
          std::array<char, 64> out{};
          const std::size_t end = write_plain_data(out, {{"k", text}});
          const bool is_plain = c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
          const std::string expected = is_plain ? "{\"k\":\"" + text + "\"}" : "";
          const bool same = std::string_view(out.data(), end) == expected;
          if (!same) FAIL("byte " << c << " at " << at << " of " << size);
        }
      }
    }
  }

  TEST_CASE("plain data are written the same way at once, all others not at all") {
    const auto plain = [](Attributes data) {
      std::array<char, 64> out{};
      return std::string(out.data(), write_plain_data(out, data));
    };
    struct Row {
      const char* name;
      ValueRef value;
      bool is_plain;
    };
    const List list{1};
    const Object object{{"a", 1}};
    const Value number(2.5);
    const Value text("x");
    const Value null(nullptr);
    const Value inner(list);
    const std::string zero("a\0b", 3);
    const Row rows[] = {
        {"word", "EUR", true},
        {"empty", "", true},
        {"number", -12, true},
        {"double", 0.1, true},
        {"flag", true, true},
        {"null", nullptr, true},
        {"number value", number, true},
        {"text value", text, true},
        {"null value", null, true},
        {"exact", 9007199254740991ULL, true},
        {"not exact", 9007199254740992ULL, false},
        {"infinite", HUGE_VAL, false},
        {"quote", "a\"b", false},
        {"backslash", "a\\b", false},
        {"control", "a\nb", false},
        {"zero", zero, false},
        {"not ASCII", "\xC3\xA9", false},
        {"list", list, false},
        {"object", object, false},
        {"list value", inner, false},
        {"too long", "a text that is longer than what the buffer can hold, all told", false}};
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const std::string expected = row.is_plain ? written({{"k", 1}, {"v", row.value}}) : "";
      CHECK(plain({{"k", 1}, {"v", row.value}}) == expected);
    }
    CHECK(plain({}).empty());
    CHECK(plain({{"a", 1}, {"a", 2}}).empty());
    CHECK(plain({{"a\n", 1}}).empty());
    for (std::size_t size = 0; size < 8; ++size) {  // {"a":12} has eight bytes
      std::vector<char> out(size);
      CHECK(write_plain_data(out, {{"a", 12}}) == 0);
    }
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
