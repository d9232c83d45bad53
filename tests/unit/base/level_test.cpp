#include "picket/level.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string_view>

namespace picket {
namespace {

TEST_SUITE("base/level") {
  TEST_CASE("each level has its word and is read back from it") {  // P0.4
    struct Row {
      Level level;
      std::string_view word;
    };
    const Row rows[] = {{Level::debug, "debug"},
                        {Level::info, "info"},
                        {Level::warning, "warning"},
                        {Level::error, "error"},
                        {Level::fatal, "fatal"}};
    for (const Row& row : rows) {
      CAPTURE(row.word);
      CHECK(to_text(row.level) == row.word);
      CHECK(parse_level(row.word) == row.level);
    }
  }

  TEST_CASE("other words and letter cases are understood") {  // P0.4, S5.8
    CHECK(parse_level("WARNING") == Level::warning);
    CHECK(parse_level("Log") == Level::info);
    CHECK(parse_level("warn") == Level::warning);
    CHECK(parse_level("CRITICAL") == Level::fatal);
  }

  TEST_CASE("any other word is no level") {
    for (const std::string_view word : {"", "inform", "war", "errors", " error", "3"}) {
      CAPTURE(word);
      CHECK(parse_level(word) == std::nullopt);
    }
  }

  TEST_CASE("levels are ordered by how serious they are") {
    CHECK(Level::debug < Level::info);
    CHECK(Level::warning < Level::error);
    CHECK(Level::error < Level::fatal);
  }

  TEST_CASE("a level from outside the list is written as an error") {
    CHECK(to_text(static_cast<Level>(77)) == "error");
  }
}

}  // namespace
}  // namespace picket
