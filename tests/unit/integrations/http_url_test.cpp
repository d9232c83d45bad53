#include "integrations/http_url.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>

namespace picket::http {
namespace {

TEST_SUITE("integrations/http_url") {
  TEST_CASE("a URL is shown without query, fragment and credentials") {  // P4.15, C105
    struct Row {
      const char* name;
      const char* url;
      const char* shown;
    };
    const Row rows[] = {
        {"plain", "http://shop.example/cart", "http://shop.example/cart"},
        {"port", "https://shop.example:8443/", "https://shop.example:8443/"},
        {"query", "http://a/cart?token=1&x=http://b/", "http://a/cart"},
        {"fragment", "http://a/cart#secret", "http://a/cart"},
        {"fragment with ?", "http://a/cart#x?y", "http://a/cart"},
        {"password", "http://ann:pw@a/cart", "http://[Filtered]:[Filtered]@a/cart"},
        {"user", "http://ann@a:80/", "http://[Filtered]:[Filtered]@a:80/"},
        {"at in password", "http://ann:p@w@a/", "http://[Filtered]:[Filtered]@a/"},
        {"at in the path", "http://a/@ann", "http://a/@ann"},
        {"IPv6", "http://[::1]:8080/x", "http://[::1]:8080/x"},
        {"IPv6 without port", "http://[::1]/x", "http://[::1]/x"},
        {"no path", "http://a?q", "http://a"},
        {"no scheme", "ann:pw@a/x?q", "[Filtered]:[Filtered]@a/x"},
        {"URL in the query, no scheme", "a/x?to=http://ann@b/", "a/x"},
        {"path alone", "/cart?id=7", "/cart"},
        {"bad port", "http://a:99999/x", "http://a/x"},
        {"empty", "", ""},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      CHECK(shown(parse_url(row.url)) == row.shown);
    }
  }

  TEST_CASE("the parts of a URL are told apart") {
    const Url url = parse_url("https://ann@a.example:8443/x/y?q=1?2#top#er");
    CHECK(url.scheme == "https");
    CHECK(url.has_credentials);
    CHECK(url.host == "a.example");
    CHECK(url.port == std::optional<std::uint16_t>(8443));
    CHECK(url.path == "/x/y");
    CHECK(url.query == "q=1?2");
    CHECK(url.fragment == "top#er");
    CHECK(parse_url("https://a/").effective_port() == std::optional<std::uint16_t>(443));
    CHECK(parse_url("a/").effective_port() == std::optional<std::uint16_t>(80));
    CHECK_FALSE(parse_url("ws://a/").effective_port());
  }

  TEST_CASE("the server of a DSN is known by host and port") {  // P4.11
    struct Row {
      const char* url;
      bool own;
    };
    const Row rows[] = {
        {"http://sentry.example/", true},        {"http://SENTRY.example:80/api", true},
        {"http://key@sentry.example/x?y", true}, {"https://sentry.example/", false},
        {"http://sentry.example:8080/", false},  {"http://a/?http://sentry.example/", false},
        {"http://sentry.example.org/", false}};
    for (const Row& row : rows) {
      CAPTURE(row.url);
      CHECK(is_server_of(parse_url(row.url), "http://key@sentry.example/1") == row.own);
    }
    CHECK_FALSE(is_server_of(parse_url("http://a/"), ""));
    CHECK(is_server_of(parse_url("http://[::1]:9/"), "http://key@[::1]:9/1"));
  }
}

}  // namespace
}  // namespace picket::http
