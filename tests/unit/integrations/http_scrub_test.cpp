#include "integrations/http_scrub.hpp"

#include "picket/json.hpp"

#include <doctest/doctest.h>

#include <string>

namespace picket::http {
namespace {

TEST_SUITE("integrations/http_scrub") {
  TEST_CASE("names that speak of secrets are sensitive in any letter case") {  // P7.10, C167
    for (const char* name :
         {"Authorization", "X-API-Key", "access_token", "clientSecret", "PASSWORD", "user_pwd",
          "JWT", "bearer", "sso", "samlResponse", "csrf", "X-XSRF-Thing", "credentials", "session",
          "connect.sid", "identity", "passwd"}) {
      CAPTURE(name);
      CHECK(is_sensitive(name, Privacy::all));
      CHECK(is_sensitive(name, Privacy::strict));
    }
    for (const char* name : {"Accept", "Host", "User-Agent", "q", "sentry-trace", ""}) {
      CAPTURE(name);
      CHECK_FALSE(is_sensitive(name, Privacy::strict));
    }
  }

  TEST_CASE("names that speak of clients are sensitive unless personal data are allowed") {
    for (const char* name :
         {"X-Forwarded-For", "Forwarded", "X-Real-IP", "Remote-Addr", "Via", "X-Remote-User"}) {
      CAPTURE(name);
      CHECK(is_sensitive(name, Privacy::strict));
      CHECK_FALSE(is_sensitive(name, Privacy::all));
    }
  }

  TEST_CASE("a query keeps its form and its names") {  // P7.10 rule 4
    struct Row {
      const char* query;
      const char* expected;
    };
    const Row rows[] = {{"a=1&b=2", "a=1&b=2"},
                        {"a=1&token=x%3D1&b=", "a=1&token=[Filtered]&b="},
                        {"api_key=a=b=c", "api_key=[Filtered]"},
                        {"token", "token"},
                        {"&&a=1&", "&&a=1&"},
                        {"x-forwarded=1.2.3.4", "x-forwarded=[Filtered]"},
                        {"", ""}};
    for (const Row& row : rows) {
      CAPTURE(row.query);
      CHECK(scrub_query(row.query, Privacy::strict) == row.expected);
    }
  }

  TEST_CASE("cookies are filtered one by one, or as a whole") {  // P7.10 rule 4
    CHECK(scrub_cookies("theme=dark; sessionid=abc; csrftoken=x") ==
          "theme=dark; sessionid=[Filtered]; csrftoken=[Filtered]");
    CHECK(scrub_cookies("abcdef") == "[Filtered]");
  }

  TEST_CASE("of bodies only what has keys is told") {  // P7.10 rule 4
    struct Row {
      const char* name;
      const char* type;
      const char* body;
      const char* expected;
    };
    const Row rows[] = {
        {"JSON", "application/json; charset=utf-8",
         R"({"a":1,"password":"x","list":[{"token":{"b":2},"c":3}]})",
         R"({"a":1,"password":"[Filtered]","list":[{"token":"[Filtered]","c":3}]})"},
        {"JSON of a kind", "application/problem+JSON", R"({"pwd":1})", R"({"pwd":"[Filtered]"})"},
        {"broken JSON", "application/json", R"({"a":)", R"("[Filtered]")"},
        {"form", "application/x-www-form-urlencoded", "a=1&pwd=2", R"("a=1&pwd=[Filtered]")"},
        {"text", "text/plain", "secret", R"("[Filtered]")"},
        {"unknown", "", "secret", R"("[Filtered]")"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      CHECK(to_json(scrub_body(row.type, row.body)) == row.expected);
    }
  }
}

}  // namespace
}  // namespace picket::http
