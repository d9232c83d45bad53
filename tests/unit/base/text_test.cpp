#include "base/text.hpp"

#include <doctest/doctest.h>

namespace picket::base {
namespace {

TEST_SUITE("base/text") {
  TEST_CASE("a prefix never ends inside a UTF-8 sequence") {
    CHECK(utf8_prefix("h\xC3\xA9llo", 2) == "h");
    CHECK(utf8_prefix("h\xC3\xA9llo", 3) == "h\xC3\xA9");
    CHECK(utf8_prefix("abc", 9) == "abc");
  }

  TEST_CASE("a cut text ends with dots within its limit") {
    CHECK(ellipsize("abcdefgh", 6) == "abc...");
    CHECK(ellipsize("abcdef", 6) == "abcdef");
    CHECK(ellipsize("\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC", 7) == "\xE2\x82\xAC...");
  }

  TEST_CASE("a file's name has no directories") {
    CHECK(file_name("/var/log/a.log") == "a.log");
    CHECK(file_name("C:\\logs\\b.log") == "b.log");
    CHECK(file_name("c.log") == "c.log");
    CHECK(file_name("dir/") == "");
  }

  TEST_CASE("a star stands for any text") {
    CHECK(matches_wildcard("db::Timeout", "db::*"));
    CHECK(matches_wildcard("", "*"));
    CHECK_FALSE(matches_wildcard("db", "db::*"));
    CHECK(matches_wildcard("aXbXc", "a*b*c"));
  }

  TEST_CASE("an entry of a list is looked for inside, one with a star has to match the whole") {
    CHECK(matches_entry("GET /health", "health"));
    CHECK(matches_entry("GET /health", "GET *"));
    CHECK_FALSE(matches_entry("GET /health", "/h*"));
    CHECK_FALSE(matches_entry("GET /health", ""));
  }
}

}  // namespace
}  // namespace picket::base
