#include "tracing/propagation.hpp"

#include "support/allocations.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace picket::tracing {
namespace {

using tests::count_allocations;
using Targets = std::optional<std::vector<std::string>>;

TraceHeader header(std::optional<bool> sampled) {
  auto header = parse_sentry_trace("7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718");
  REQUIRE(header.has_value());
  header->sampled = sampled;
  return *header;
}

const DynamicSamplingContext kContext{
    {{"trace_id", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a"}, {"sampled", "true"}}};

TEST_SUITE("tracing/propagation targets") {
  TEST_CASE("a list says where headers go") {  // P4.11, C100, C101
    struct Row {
      const char* name;
      std::string_view url;
      Targets targets;
      bool is_target;
    };
    const Row rows[] = {
        {"no list: everything", "http://a.host/x", {}, true},
        {"an empty list: nothing", "http://a.host/x", {{}}, false},
        {"a part of the URL", "http://a.host/x", {{"a.host"}}, true},
        {"a part of the path", "http://a.host/api/1", {{"/api/"}}, true},
        {"none of the parts", "http://a.host/x", {{"b.host", "/api/"}}, false},
        {"the second of two", "http://a.host/api/1", {{"b.host", "/api/"}}, true},
        {"letter case counts", "http://a.host/x", {{"A.HOST"}}, false},
        {"a star has to match the whole", "http://a.host/x", {{"a.*"}}, false},
        {"a star that does", "http://a.host/x", {{"http://a.*"}}, true},
        {"stars at both ends", "http://a.host/x", {{"*.host/*"}}, true},
        {"an empty entry is none", "http://a.host/x", {{""}}, false},
        {"no URL, no list", "", {}, true},
        {"no URL, an empty list", "", {{}}, false},
        {"no URL, a list", "", {{"a.host"}}, true},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      CHECK(is_target(row.url, row.targets, "sentry.local:9000") == row.is_target);
    }
  }

  TEST_CASE("the server of the DSN is never a target") {  // P4.11
    struct Row {
      const char* name;
      std::string_view url;
      std::string_view own;
      bool is_target;
    };
    const Row rows[] = {
        {"the same", "https://o1.ingest.sentry.io/api/2/envelope/", "o1.ingest.sentry.io", false},
        {"in other letter case", "https://O1.Ingest.Sentry.io/", "o1.ingest.sentry.io", false},
        {"with its port", "http://sentry.local:9000/x", "sentry.local:9000", false},
        {"without a path", "http://sentry.local:9000", "sentry.local:9000", false},
        {"with a query", "http://sentry.local:9000?a=b", "sentry.local:9000", false},
        {"with a fragment", "http://sentry.local:9000#a", "sentry.local:9000", false},
        {"with credentials", "http://a:b@sentry.local:9000/", "sentry.local:9000", false},
        {"a port that the scheme implies", "https://sentry.io:443/x", "sentry.io", false},
        {"the same with http", "HTTP://sentry.io:80/x", "sentry.io", false},
        {"without a scheme", "sentry.io/x", "sentry.io", false},
        {"without a scheme, a URL in its query", "sentry.io?u=http://a.host/", "sentry.io", false},
        {"an IPv6 address", "http://[::1]:9000/x", "[::1]:9000", false},
        {"another port", "http://sentry.local:9001/x", "sentry.local:9000", true},
        {"another host", "http://a.sentry.local:9000/x", "sentry.local:9000", true},
        {"a longer host", "https://sentry.io.host/x", "sentry.io", true},
        {"in the path alone", "https://a.host/sentry.io", "sentry.io", true},
        {"in the query alone", "https://a.host?u=https://sentry.io/", "sentry.io", true},
        {"in the credentials alone", "https://sentry.io@a.host/", "sentry.io", true},
        {"an at sign in the path", "https://sentry.io/@a.host", "sentry.io", false},
        {"no own server", "https://a.host/", "", true},
        {"no own server and no host", "https:///x", "", true},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      CHECK(is_target(row.url, {}, row.own) == row.is_target);
      CHECK_FALSE(is_target(row.url, {{}}, row.own));
      CHECK(is_target(row.url, {{"/"}}, row.own) == (row.is_target));
    }
  }
}

TEST_SUITE("tracing/propagation headers") {
  TEST_CASE("a request says which trace, and what the trace says of itself") {  // P4.9
    const HeaderList headers = make_headers(header(true), kContext, {}, false);
    CHECK(headers ==
          HeaderList{
              {"sentry-trace", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-1"},
              {"baggage", "sentry-trace_id=7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a,sentry-sampled=true"}});
  }

  TEST_CASE("a context without members leaves the baggage to others") {  // P4.8, C093
    CHECK(make_headers(header({}), {}, {}, false) ==
          HeaderList{{"sentry-trace", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718"}});
    CHECK(make_headers(header({}), {}, "sentry-a=1", false).size() == 1);
    const HeaderList headers = make_headers(header({}), {}, "x=1,sentry-a=1", false);
    REQUIRE(headers.size() == 2);
    CHECK(headers[1].second == "x=1");
  }

  TEST_CASE("traceparent comes when it is asked for") {  // P4.9, C098
    struct Row {
      std::optional<bool> sampled;
      std::string_view flags;
    };
    for (const Row& row : {Row{true, "-01"}, Row{false, "-00"}, Row{{}, "-00"}}) {
      const HeaderList headers = make_headers(header(row.sampled), kContext, {}, true);
      REQUIRE(headers.size() == 3);
      CHECK(headers[2].first == "traceparent");
      CHECK(headers[2].second ==
            "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718" + std::string(row.flags));
    }
  }

  TEST_CASE("nothing is allocated but the result") {
    HeaderList headers;
    // The list, and three texts that are too long for a small string.
    CHECK(count_allocations([&] {
            headers = make_headers(header(true), kContext, "x=1,sentry-a=1", true);
          }) == 4);
    CHECK(headers.size() == 3);
  }
}

}  // namespace
}  // namespace picket::tracing
