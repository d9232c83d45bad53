#include "driver/table.hpp"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("demo/table");

TEST_CASE("columns are as wide as they need to be and long cells are wrapped") {
  demo::Table table({{"id", 4}, {"text", 10}});
  table.add({"1", "short"});
  table.add({"22", "äöü and so on"});
  table.add({"3", "two\nlines"});

  CHECK(table.to_text() ==
        "id  text\n"
        "──  ──────────\n"
        "1   short\n"
        "22  äöü and so\n"
        "    on\n"
        "3   two\n"
        "    lines\n");
}

TEST_SUITE_END();
