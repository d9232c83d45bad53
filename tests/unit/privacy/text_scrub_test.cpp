// What is masked inside of texts. The rows of T14 are the ways in which an earlier set of rules
// leaked.

#include "privacy/text_scrub.hpp"
#include "picket/privacy.hpp"
#include "privacy/text_scan.hpp"
#include "support/allocations.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace picket::privacy {
namespace {

struct Row {
  const char* name;
  std::string_view text;
  std::string_view expected;
};

struct Count {
  std::size_t visited = 0;
  void visit(std::size_t characters) noexcept { visited += characters; }
};

/// How many characters were looked at, some of them several times.
std::size_t visits(std::string_view text) {
  const KeyMatcher keys;
  Count count;
  TextScan scan(text, keys, count);
  while (scan.next()) {
  }
  return count.visited;
}

std::string repeated(std::string_view text, std::size_t bytes) {
  std::string all;
  all.reserve(bytes + text.size());
  while (all.size() < bytes) all += text;
  return all;
}

TEST_SUITE("privacy/text_scrub") {
  TEST_CASE("the ways in which secrets leaked before are closed") {  // T14, S14.4
    const Row rows[] = {
        {"1: JSON in a text, with lists of objects",
         R"([{"value":"x","data":[{"password":"p w"}]}])",
         R"([{"value":"x","data":[{"password":"[Filtered]"}]}])"},
        {"2: a bearer token with dots", "sent Bearer eyJhbGciOi.eyJzdWIiOi.SflKx-w_R= on",
         "sent Bearer [Filtered] on"},
        {"3: an authorization value with a blank", "Authorization: Basic dXNlcjpwYXNz",
         "Authorization: [Filtered]"},
        {"4: no user name", "redis://:hunter2@cache:6379/0", "redis://:[Filtered]@cache:6379/0"},
        {"5: any scheme", "postgresql+asyncpg://u:p@db/x redis://u:p@h amqp://u:p@q:1/v",
         "postgresql+asyncpg://[Filtered]:[Filtered]@db/x redis://[Filtered]:[Filtered]@h "
         "amqp://[Filtered]:[Filtered]@q:1/v"},
        {"6: a password with @", "mysql://bob:p@ss@w0rd@db:3306/app",
         "mysql://[Filtered]:[Filtered]@db:3306/app"},
        {"7: prefixed parameters", "GET /cb?access_token=abc&page=2&client_secret=def HTTP/1.1",
         "GET /cb?access_token=[Filtered]&page=2&client_secret=[Filtered] HTTP/1.1"},
        {"the parameter keeps its name", "?api_key=1&API-Key=2&token=3&secret=4&password=5&q=6",
         "?api_key=[Filtered]&API-Key=[Filtered]&token=[Filtered]&secret=[Filtered]&"
         "password=[Filtered]&q=6"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      CHECK(scrub_text(row.text) == row.expected);
    }
  }

  TEST_CASE("user and password of URLs are masked") {  // S14.4
    const Row rows[] = {
        {"user alone", "https://k3y@o1.ingest.sentry.io/2",
         "https://[Filtered]@o1.ingest.sentry.io/2"},
        {"a password with a slash", "amqp://u:a/b@h/v", "amqp://[Filtered]:[Filtered]@h/v"},
        {"with a question mark", "amqp://u:a?b@h/v", "amqp://[Filtered]:[Filtered]@h/v"},
        {"with @ and slash", "amqp://u:a@b/c@h/v", "amqp://[Filtered]:[Filtered]@h/v"},
        {"with a quote", "amqp://u:a'b@h/v", "amqp://[Filtered]:[Filtered]@h/v"},
        {"two with a comma", "amqp://a:b@h1/,amqp://c:d@h2/x", "amqp://[Filtered]:[Filtered]@h2/x"},
        {"several hosts", "mongodb://a:b@h1:1,h2:2/db",
         "mongodb://[Filtered]:[Filtered]@h1:1,h2:2/db"},
        {"in JSON of JSON", R"({\"u\":\"http:\/\/a:b@h\/\"})",
         R"({\"u\":\"http:\/\/[Filtered]:[Filtered]@h\/\"})"},
        {"cut short", "connect to redis://bob:hunt", "connect to redis://bob:[Filtered]"},
        {"cut short with dots", "redis://bob:hu/nt...", "redis://bob:[Filtered]..."},
        {"a mail in the query", "https://a:b@h/p?mail=x@y",
         "https://[Filtered]:[Filtered]@h/p?mail=x@y"},
        {"host and port", "http://h:8080/a@b http://[::1]:80/ ftp://h/@x file:///a a@b:c",
         "http://h:8080/a@b http://[::1]:80/ ftp://h/@x file:///a a@b:c"},
        {"nothing there", "http://@h http:// :// http://h: a://",
         "http://@h http:// :// http://h: a://"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      CHECK(scrub_text(row.text) == row.expected);
    }
  }

  TEST_CASE("values behind the name of a secret are masked") {  // S14.4
    const Row rows[] = {
        {"quoted", "password=\"a b\" user='c'", "password=\"[Filtered]\" user='c'"},
        {"SQL quotes", "pwd='it''s' x", "pwd='[Filtered]' x"},
        {"escaped quote", R"("secret":"a\"b","c":1)", R"("secret":"[Filtered]","c":1)"},
        {"a backslash last", R"("secret":"a\\","c":"d")", R"("secret":"[Filtered]","c":"d")"},
        {"JSON of JSON", R"(\"secret\":\"a\\\"b\",\"c\":1)",
         R"(\"secret\":\"[Filtered]\",\"c\":1)"},
        {"a number", R"({"api_key": 12, "n": 3})", R"({"api_key": [Filtered], "n": 3})"},
        {"a list", R"({"tokens":["a","]"],"n":3})", R"({"tokens":[Filtered],"n":3})"},
        {"an object", R"({"auth":{"user":"}"},"n":3})", R"({"auth":[Filtered],"n":3})"},
        {"never closed", "token=\"abc def", "token=\"[Filtered]"},
        {"empty", "token=&password=\"\"&x=\"token\" pwd=", "token=&password=\"\"&x=\"token\" pwd="},
        {"connection string", "Server=h;Uid=u;Pwd=x'y;Db=d", "Server=h;Uid=u;Pwd=[Filtered];Db=d"},
        {"braces", "Pwd={a;b};Db=d", "Pwd=[Filtered];Db=d"},
        {"blanks", "password = hunter2 !", "password = [Filtered] !"},
        {"arrows", "'password' => 'x', :token=>y",
         "'password' => '[Filtered]', :token=>[Filtered]"},
        {"form", "user%5Bpassword%5D=x&user[token]=y",
         "user%5Bpassword%5D=[Filtered]&user[token]=[Filtered]"},
        {"two words", "API key: abc, private key=def",
         "API key: [Filtered] private key=[Filtered]"},
        {"the way to authorize", "auth=Basic abc x", "auth=[Filtered] x"},
        {"colon", "password: hunter2", "password: [Filtered]"},
        {"prose", "unexpected token: 5, session: closed, auth::Error author=me key=5",
         "unexpected token: 5, session: closed, auth::Error author=me key=5"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      CHECK(scrub_text(row.text) == row.expected);
    }
  }

  TEST_CASE("authorization values go to the end of their line or quotes") {  // S14.4, T14
    const Row rows[] = {
        {"line", "a\nAuthorization: Digest u=\"x\", r=\"y\"\r\nHost: h",
         "a\nAuthorization: [Filtered]\r\nHost: h"},
        {"quotes", R"(-H "Authorization: Basic abc" -H 'Cookie: a=b; c=d' u)",
         R"(-H "Authorization: [Filtered]" -H 'Cookie: [Filtered]' u)"},
        {"JSON", R"({"authorization":"Basic abc","a":1})",
         R"({"authorization":"[Filtered]","a":1})"},
        {"any case", "proxy-AUTHORIZATION:Negotiate abc==", "proxy-AUTHORIZATION:[Filtered]"},
        {"parameter", "?authorization=Basic abc&x=1", "?authorization=[Filtered]&x=1"},
        {"the server's own", "X-Sentry-Auth: Sentry sentry_key=abc, a=b",
         "X-Sentry-Auth: [Filtered]"},
        {"bearer", "BEARER a.b.c, bearer+d Bearer%20e bearers f Bearer",
         "BEARER [Filtered] bearer+[Filtered] Bearer%20[Filtered] bearers f Bearer"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      CHECK(scrub_text(row.text) == row.expected);
      CHECK(scrub_text(row.expected) == row.expected);
    }
  }

  TEST_CASE("a hostile text costs no more per character than another") {  // S14.4, T14
    constexpr std::size_t kSize = 1U << 20U;
    constexpr std::size_t kMostVisits = 12;  // of each character
    for (const char* part : {":",
                             "=",
                             "b",
                             "@",
                             "a@",
                             ":////",
                             "a://",
                             "a://b:",
                             "://u:p/",
                             "a://b:c@",
                             "://@",
                             "://:x?",
                             "token=",
                             "token:",
                             "token: ",
                             "\"token\":",
                             "'token'=",
                             "token=\"",
                             "token=[",
                             "token=\\",
                             "Bearer ",
                             "Bearer",
                             "bearer+",
                             "bearer=",
                             "Authorization:",
                             "authorization=\n",
                             "key=",
                             "key ",
                             " key:",
                             "api key ",
                             "%5B=",
                             "\\\":",
                             "\\",
                             "\"",
                             "' = ",
                             "password=a'b",
                             "auth: basic",
                             "auth=basic ",
                             "x",
                             " ",
                             "\xC3\xA9"}) {
      CAPTURE(part);
      const std::string text = repeated(part, kSize);
      CHECK(visits(text) < kMostVisits * kSize);
      CHECK(visits(text + " end") < kMostVisits * kSize);  // looks like cut no more
    }
    for (const char* start : {"redis://u:", "token=\"", "token={", "Bearer ", "Authorization: "}) {
      CAPTURE(start);
      const std::string rest = repeated("a://b:c=d:\"e\"[token:", kSize).insert(0, start);
      CHECK(visits(rest) < kMostVisits * kSize);
    }
  }

  TEST_CASE("an ordinary text is looked at about once") {  // S14.4
    const std::string text =
        repeated("the quick brown fox jumps over the lazy dog, id: 17; ", 100'000);
    CHECK(visits(text) < 2 * text.size());
  }

  TEST_CASE("a text without secrets costs no allocation") {  // S14.4
    const KeyMatcher keys;
    const std::string text = repeated("GET https://h:80/a?b=c in 12 ms: \"ok\" ", 4000);
    bool is_masked = true;
    const auto mask = [&] { is_masked = masked(text, keys).has_value(); };
    CHECK(tests::count_allocations(mask) == 0);
    CHECK_FALSE(is_masked);
    CHECK(tests::count_allocations([&] { static_cast<void>(masked("pwd=[Filtered]", keys)); }) ==
          0);
  }
}

}  // namespace
}  // namespace picket::privacy
