#include "driver/json_path.hpp"

#include "picket/json.hpp"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("demo/json_path");

TEST_CASE("a path walks through objects and lists, and tells null from absent") {
  const auto document =
      *picket::parse_json(R"({"tags":{"error.type":"db"},"list":[1,{"a":null},"z"]})");

  CHECK(demo::text_at(document, "tags/error.type") == "db");
  CHECK(demo::text_at(document, "list/0") == "1");
  CHECK(demo::text_at(document, "list/-1") == "z");
  CHECK(demo::text_at(document, "list/1/a") == "null");
  CHECK(demo::text_at(document, "list/3") == "absent");
  CHECK(demo::text_at(document, "list/-4") == "absent");
  CHECK(demo::text_at(document, "tags/error/type") == "absent");
  CHECK(demo::text_at(document, "tags") == R"({"error.type":"db"})");
  CHECK(demo::size_at(document, "list") == 3);
  CHECK(demo::size_at(document, "nothing") == 0);
}

TEST_SUITE_END();
