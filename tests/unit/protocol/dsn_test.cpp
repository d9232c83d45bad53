#include "picket/dsn.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace picket {
namespace {

Dsn parsed(std::string_view text) {
  Result<Dsn> dsn = Dsn::parse(text);
  REQUIRE_MESSAGE(dsn, text);
  return *std::move(dsn);
}

std::string refusal(std::string_view text) {
  const Result<Dsn> dsn = Dsn::parse(text);
  REQUIRE_FALSE_MESSAGE(dsn, text);
  CHECK(dsn.error().code == Errc::invalid_dsn);
  return dsn.error().message;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST_SUITE("protocol/dsn") {
  TEST_CASE("a valid DSN is taken apart") {  // P1.2, C001
    struct Row {
      std::string_view text, scheme, public_key, secret_key, host;
      std::uint16_t port;
      std::string_view path, project;
      std::optional<std::uint64_t> org;
    };
    const Row rows[] = {
        {"https://aa11@o4501.ingest.us.sentry.io/9001", "https", "aa11", "",
         "o4501.ingest.us.sentry.io", 443, "", "9001", 4501},
        {"http://aa11:bb22@sentry.local:9000/7",
         "http",
         "aa11",
         "bb22",
         "sentry.local",
         9000,
         "",
         "7",
         {}},
        {"https://aa11:@h.example/1/", "https", "aa11", "", "h.example", 443, "", "1", {}},
        {"HTTPS://aa11@h.example/mount/sub/42",
         "https",
         "aa11",
         "",
         "h.example",
         443,
         "/mount/sub",
         "42",
         {}},
        {"https://aa11@[::1]:8443/5", "https", "aa11", "", "[::1]", 8443, "", "5", {}},
        {"https://aa11@orange.example/3", "https", "aa11", "", "orange.example", 443, "", "3", {}},
    };
    for (const Row& row : rows) {
      CAPTURE(row.text);
      const Dsn dsn = parsed(row.text);
      CHECK(dsn.scheme() == row.scheme);
      CHECK(dsn.public_key() == row.public_key);
      CHECK(dsn.secret_key() == row.secret_key);
      CHECK(dsn.host() == row.host);
      CHECK(dsn.port() == row.port);
      CHECK(dsn.path() == row.path);
      CHECK(dsn.project_id() == row.project);
      CHECK(dsn.org_id() == row.org);
    }
  }

  TEST_CASE("an invalid DSN is refused with the name of the part at fault") {  // P1.1-5, P1.2, C001
    struct Row {
      std::string_view text, part;
    };
    const Row rows[] = {
        {"", "scheme"},
        {"   ", "scheme"},
        {"aa11@h/1", "scheme"},
        {"://aa11@h/1", "scheme"},
        {"ftp://aa11@h/1", "scheme"},  // C002
        {"httpss://aa11@h/1", "scheme"},
        {"https://h.example/1", "public key"},
        {"https://@h/1", "public key"},
        {"https://:bb22@h/1", "public key"},
        {"https://h.example/a@b/1", "public key"},
        {"https://", "public key"},
        {"https://aa11@/1", "host"},
        {"https://aa11@:80/1", "host"},
        {"https://aa11@h h/1", "host"},
        {"https://aa11@b@h/1", "host"},
        {"https://aa11@[::1/1", "host"},
        {"https://aa11@::1]/1", "host"},
        {"https://aa11@[]/1", "host"},
        {"https://aa11@[h.example]/1", "host"},
        {"https://aa11@[1:2:3]/1", "host"},
        {"https://aa11@[::1]x/1", "host"},
        {"https://aa11@h:0/1", "port"},  // C008
        {"https://aa11@h:65536/1", "port"},
        {"https://aa11@h:abc/1", "port"},
        {"https://aa11@h:/1", "port"},
        {"https://aa11@h:-1/1", "port"},
        {"https://aa11@h:+80/1", "port"},
        {"https://aa11@h:80x/1", "port"},
        {"https://aa11@h:000080/1", "port"},
        {"https://aa11@h:4294967376/1", "port"},
        {"https://aa11@h:1:2/1", "port"},
        {"https://aa11@[::1]:0/1", "port"},
        {"https://aa11@h.example/", "project"},
        {"https://aa11@h.example", "project"},
        {"https://aa11@h.example///", "project"},
        {"https://aa11@h.example?/1", "project"},
        {"https://aa11@h.example/1 /", "project"},  // it would print as another project
        {"https://aa11@h.example/a b/1", "project"},
        {"https://aa\r\nX-Evil: 1@h.example/1", "control character"},
        {std::string_view("https://aa11@h.example/1\0002", 26), "control character"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.text);
      const std::string message = refusal(row.text);
      CHECK(contains(message, row.part));
      CHECK_FALSE(contains(message, "aa11"));
      CHECK_FALSE(contains(message, "bb22"));
    }
  }

  TEST_CASE("the scheme is read in any letter case") {  // C002
    CHECK(parsed("HtTp://k@h/1").scheme() == "http");
    CHECK(parsed("HTTPS://k@h/1").scheme() == "https");
  }

  TEST_CASE("a missing and an empty secret are both no secret") {  // C003
    CHECK(parsed("https://k@h/1").secret_key().empty());
    CHECK(parsed("https://k:@h/1").secret_key().empty());
    CHECK(parsed("https://k:@h/1") == parsed("https://k@h/1"));
    CHECK(parsed("https://k:a:b@h/1").secret_key() == "a:b");
  }

  TEST_CASE("the endpoint keeps the path and leaves a default port out") {  // P1.4, C004, C012
    struct Row {
      std::string_view text, url;
    };
    const Row rows[] = {
        {"https://k@h/1", "https://h/api/1/envelope/"},
        {"https://k@h:443/1", "https://h/api/1/envelope/"},
        {"http://k@h:80/1", "http://h/api/1/envelope/"},
        {"http://k@h:443/1", "http://h:443/api/1/envelope/"},
        {"https://k@h:80/1", "https://h:80/api/1/envelope/"},
        {"http://k:s@h:9000/a/b/c/7", "http://h:9000/a/b/c/api/7/envelope/"},
        {"https://k@[2001:db8::1]/7", "https://[2001:db8::1]/api/7/envelope/"},
        {"https://k@[::1]:8443/7", "https://[::1]:8443/api/7/envelope/"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.text);
      CHECK(parsed(row.text).envelope_url() == row.url);
    }
  }

  TEST_CASE("slashes at the end, a query and a fragment change nothing") {  // P1.1-4, C005
    const Dsn plain = parsed("https://k@h/a/1");
    CHECK(parsed("https://k@h/a/1/") == plain);
    CHECK(parsed("https://k@h/a/1//") == plain);
    CHECK(parsed("https://k@h/a/1?timeout=5") == plain);
    CHECK(parsed("https://k@h/a/1/?x=/2") == plain);
    CHECK(parsed("https://k@h/a/1#part") == plain);
    CHECK(parsed(" \t\nhttps://k@h/a/1\r\n ") == plain);
  }

  TEST_CASE("the project is any text") {  // P1.1-3, C006
    CHECK(parsed("https://k@h/shop-backend").project_id() == "shop-backend");
    CHECK(parsed("https://k@h/0007").project_id() == "0007");
  }

  TEST_CASE("what is printed is the normal form and reads back the same") {  // P1.1-7, C007
    struct Row {
      std::string_view text, normal;
    };
    const Row rows[] = {
        {"HTTPS://aa11:@H.example:443/1/", "https://aa11@H.example/1"},
        {"http://aa11:bb22@h:80/a/b/1", "http://aa11:bb22@h/a/b/1"},
        {"http://aa11:bb22@h:00081/x", "http://aa11:bb22@h:81/x"},
        {"https://aa11@[::1]:8443/5?q", "https://aa11@[::1]:8443/5"},
        {"https://aa11@h//a//1", "https://aa11@h//a/1"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.text);
      const Dsn dsn = parsed(row.text);
      CHECK(dsn.to_string() == row.normal);
      CHECK(parsed(dsn.to_string()) == dsn);
    }
  }

  TEST_CASE("the masked form shows where to, not with which keys") {
    CHECK(parsed("https://aa11@h:9000/a/1").masked() == "https://***@h:9000/a/1");
    CHECK(parsed("https://aa11:bb22@h/1").masked() == "https://***:***@h/1");
  }

  TEST_CASE("ports from 1 to 65535 are taken") {  // C008
    CHECK(parsed("https://k@h:1/1").port() == 1);
    CHECK(parsed("https://k@h:65535/1").port() == 65535);
  }

  TEST_CASE("an IPv6 host works with and without a port") {  // C009
    CHECK(parsed("http://k@[2001:db8::7]/1").host() == "[2001:db8::7]");
    CHECK(parsed("http://k@[2001:db8::7]/1").port() == 80);
    CHECK(parsed("http://k@[2001:db8::7]:9000/1").port() == 9000);
    CHECK(parsed("http://k@127.0.0.1:9000/1").host() == "127.0.0.1");
  }

  TEST_CASE("the organisation is the number of a first label o<digits>") {  // P1.3, C010
    struct Row {
      std::string_view host;
      std::optional<std::uint64_t> org;
    };
    const Row rows[] = {
        {"o4501.ingest.us.sentry.io", 4501},
        {"o1.x", 1},
        {"o18446744073709551615.x", 18446744073709551615U},
        {"o18446744073709551616.x", {}},
        {"orange.x", {}},
        {"o.x", {}},
        {"o12x.x", {}},
        {"o-1.x", {}},
        {"o12", {}},
        {"o12.", {}},
        {"x12.x", {}},
        {"localhost", {}},
        {"[::1]", {}},
    };
    for (const Row& row : rows) {
      CAPTURE(row.host);
      CHECK(parsed("https://k@" + std::string(row.host) + "/1").org_id() == row.org);
    }
  }
}

}  // namespace
}  // namespace picket
