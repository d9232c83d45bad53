#include "figures/span_name.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace picket::figures {
namespace {

TEST_SUITE("figures/span_name") {
  TEST_CASE("the op tells whether a span is about a database or another service") {  // S10.3 S10.4
    struct Row {
      const char* op;
      SpanFamily family;
    };
    const std::vector<Row> rows{{"database", SpanFamily::database},
                                {"database.read", SpanFamily::database},
                                {"db", SpanFamily::database},
                                {"db.query", SpanFamily::database},
                                {"db.sql.query", SpanFamily::database},
                                {"sql", SpanFamily::database},
                                {"sql.select", SpanFamily::database},
                                {"http", SpanFamily::http},
                                {"http.client", SpanFamily::http},
                                {"api", SpanFamily::api},
                                {"api.call", SpanFamily::api},
                                {"discord_api", SpanFamily::api},
                                {"data_api", SpanFamily::api},
                                {"", SpanFamily::none},
                                {"dbase", SpanFamily::none},
                                {"databases", SpanFamily::none},
                                {"sqlite", SpanFamily::none},
                                {"httpd", SpanFamily::none},
                                {"apiary", SpanFamily::none},
                                {"discord_api.call", SpanFamily::none},
                                {"command", SpanFamily::none}};
    for (const Row& row : rows) {
      CAPTURE(row.op);
      CHECK(family_of(row.op) == row.family);
    }
  }

  TEST_CASE("a database counts by operation and table, else by description, else by op") {
    CHECK(database_name({.op = "db", .description = "d", .data = {{"db.operation", "select"}}})
              .view() == "select");
    CHECK(database_name(
              {.op = "db", .data = {{"db.operation.name", "select"}, {"db.sql.table", "cases"}}})
              .view() == "select cases");
    CHECK(database_name({.op = "db", .description = "fetch_user_cases", .data = {{"rows", 3}}})
              .view() == "fetch_user_cases");
    CHECK(database_name({.op = "db"}).view() == "db");
    CHECK(JoinedName(std::string(300, 'x'), "y").view() == std::string(200, 'x'));
  }

  TEST_CASE("another service counts by host and path") {
    struct Row {
      const char* text;
      const char* name;
    };
    const std::vector<Row> rows{
        {"GET https://chat.local:81/users?id=7&token=x", "chat.local:81/users"},
        {"https://chat.local/users#top", "chat.local/users"},
        {"https://ann:secret@chat.local/a@b", "chat.local/a@b"},
        {"POST /users/7", "/users/7"},
        {"chat.local/users", "chat.local/users"},
        {"fetch guild members", "fetch guild members"},
        {"", ""}};
    for (const Row& row : rows) {
      CAPTURE(row.text);
      CHECK(api_name(row.text) == row.name);
    }
    CHECK(api_name(SpanArgs{.op = "discord_api"}) == "discord_api");
  }
}

}  // namespace
}  // namespace picket::figures
