#include "ingest/client.hpp"

#include "picket/json.hpp"

#include <doctest/doctest.h>

namespace picket::ingest::tests {
namespace {

const std::string kKey = "deadbeefdeadbeefdeadbeefdeadbeef";

struct Row {
  const char* name;
  int status;
  std::string header{};
  std::string query{};
  std::string dsn{};
};

const Row kRows[] = {
    // P1.5-1, P1.5-2
    {"header", 200, "Sentry sentry_key=" + kKey + ", sentry_version=7"},
    {"header, other order, no blanks", 200, "Sentry sentry_version=7,sentry_key=" + kKey},
    {"header, other case", 200, "sentry Sentry_Key=" + kKey + ", SENTRY_VERSION=7"},
    {"header with secret and time stamp", 200,
     "Sentry sentry_timestamp=1.5, sentry_secret=s, sentry_version=7, sentry_key=" + kKey},
    {"header without key", 401, "Sentry sentry_version=7"},
    {"header without version", 401, "Sentry sentry_key=" + kKey},
    {"header with an unknown version", 401, "Sentry sentry_version=8, sentry_key=" + kKey},
    {"header with another scheme", 401, "Bearer " + kKey},
    {"header with another key", 403, "Sentry sentry_version=7, sentry_key=abc"},
    // P1.5-3
    {"query", 200, "", "?sentry_version=7&sentry_client=a%2F1&sentry_key=" + kKey},
    {"query, other order", 200, "", "?sentry_key=" + kKey + "&sentry_version=7"},
    {"query with another key", 403, "", "?sentry_key=abc&sentry_version=7"},
    {"query without version", 401, "", "?sentry_key=" + kKey},
    // P1.5-4
    {"dsn", 200, "", "", "http://" + kKey + "@elsewhere.example/42"},
    {"dsn with another key", 403, "", "", "http://abc@elsewhere.example/42"},
    {"dsn with another project", 403, "", "", "http://" + kKey + "@elsewhere.example/43"},
    {"dsn that is none", 403, "", "", "nonsense"},
    // P1.5-5
    {"header and query agree", 200, "Sentry sentry_version=7, sentry_key=" + kKey,
     "?sentry_version=7&sentry_key=" + kKey},
    {"header good, query bad", 403, "Sentry sentry_version=7, sentry_key=" + kKey,
     "?sentry_version=7&sentry_key=abc"},
    {"header good, dsn bad", 403, "Sentry sentry_version=7, sentry_key=" + kKey, "",
     "http://abc@elsewhere.example/42"},
    {"header bad, dsn good", 403, "Sentry sentry_version=7, sentry_key=abc", "",
     "http://" + kKey + "@elsewhere.example/42"},
    // P1.5-6
    {"nothing", 401},
};

TEST_SUITE("ingest/auth") {
  TEST_CASE("the key is taken from any of three places, which must agree") {
    const auto server = IngestServer::start({});
    REQUIRE(server);
    Client client(**server);
    for (const Row& row : kRows) {
      CAPTURE(row.name);
      std::string body = event_envelope();
      if (!row.dsn.empty()) body.insert(1, "\"dsn\":\"" + row.dsn + "\",");
      Headers headers;
      if (!row.header.empty()) headers.emplace_back("x-sentry-auth", row.header);
      const Answer answer = client.post_bare(body, headers, "/api/42/envelope/" + row.query);
      CHECK_MESSAGE(answer.status == row.status, answer.body);
      CHECK(answer.header("x-sentry-error").empty() == (row.status == 200));
      if (row.status == 200) continue;
      const auto error = parse_json(answer.body);
      REQUIRE(error);
      CHECK(error->at("detail").as_text());
      CHECK(error->at("causes").as_list());
    }
  }
}

}  // namespace
}  // namespace picket::ingest::tests
