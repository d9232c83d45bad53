#include "picket/integrations/http_client.hpp"

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/allocations.hpp"
#include "support/told.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace picket::http {
namespace {

using testing::ScopedClient;
using tests::breadcrumbs;
using tests::spans;
using tests::text_at;
using tests::transactions;

std::string value_of(const HeaderList& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

/// Runs `work` in a transaction and returns it, with a breadcrumb for each request.
template <class Work>
Value told_of(const ScopedClient& client, Work&& work) {
  traced({.op = "test", .name = "test"}, std::forward<Work>(work));
  const auto all = transactions(client.captured());
  REQUIRE(all.size() == 1);
  return all[0];
}

TEST_SUITE("integrations/http_client") {
  TEST_CASE("a request leaves a span, a breadcrumb and trace headers") {  // P3.16, P4.15, C105
    const ScopedClient client({.traces_sample_rate = 1.0});
    HeaderList headers;
    const Value told = told_of(client, [&] {
      ClientRequest request({.method = "PUT",
                             .url = "https://ann:pw@shop.example/cart?id=7&token=x#top",
                             .origin = "auto.http.shop"});
      headers = request.headers();
      request.span().set_data("retries", 2);
      request.finish(201, 42);
    });
    REQUIRE(spans(told).size() == 1);
    const Value span = spans(told)[0];
    CHECK(text_at(span, "op") == "http.client");
    CHECK(text_at(span, "origin") == "auto.http.shop");
    CHECK(text_at(span, "status") == "ok");
    CHECK(text_at(span, "description") == "PUT https://[Filtered]:[Filtered]@shop.example/cart");
    CHECK(span.at("data") ==
          Value(Object{{"http.request.method", "PUT"},
                       {"url", "https://[Filtered]:[Filtered]@shop.example/cart"},
                       {"http.query", "id=7&token=[Filtered]"},
                       {"http.fragment", "top"},
                       {"server.address", "shop.example"},
                       {"server.port", 443},
                       {"retries", 2},
                       {"http.response_content_length", 42},
                       {"http.response.status_code", 201},
                       {"duration_ms", 0}}));

    REQUIRE(breadcrumbs(told).size() == 1);
    const Value crumb = breadcrumbs(told)[0];
    CHECK(text_at(crumb, "type") == "http");
    CHECK(text_at(crumb, "category") == "http");
    CHECK(crumb.at("data") ==
          Value(Object{{"method", "PUT"},
                       {"url", "https://[Filtered]:[Filtered]@shop.example/cart"},
                       {"status_code", 201}}));

    CHECK(value_of(headers, "sentry-trace") ==
          text_at(told, "contexts.trace.trace_id") + '-' + text_at(span, "span_id") + "-1");
    CHECK(value_of(headers, "baggage").find("sentry-sampled=true") != std::string::npos);
  }

  TEST_CASE("the status of the response is that of the span, and sets the level") {  // P4.13, C103
    struct Row {
      int status;
      const char* span_status;
      const char* level;
    };
    const Row rows[] = {{200, "ok", ""},
                        {302, "ok", ""},
                        {400, "invalid_argument", "warning"},
                        {401, "unauthenticated", "warning"},
                        {403, "permission_denied", "warning"},
                        {404, "not_found", "warning"},
                        {409, "already_exists", "warning"},
                        {429, "resource_exhausted", "warning"},
                        {499, "cancelled", "warning"},
                        {500, "internal_error", "error"},
                        {503, "unavailable", "error"},
                        {504, "deadline_exceeded", "error"}};
    for (const Row& row : rows) {
      CAPTURE(row.status);
      const ScopedClient client({.traces_sample_rate = 1.0});
      const Value told =
          told_of(client, [&] { ClientRequest({.url = "http://a/"}).finish(row.status); });
      CHECK(text_at(told, "spans.0.status") == row.span_status);
      CHECK(text_at(told, "spans.0.description") == "GET http://a/");
      const std::string level = text_at(told, "breadcrumbs.values.0.level");
      CHECK((level == "info" ? "" : level) == row.level);
    }
  }

  TEST_CASE("a request without a response is an internal error that names its cause") {  // P4.13
    const ScopedClient client({.traces_sample_rate = 1.0});
    const Value told = told_of(client, [] {
      ClientRequest request({.url = "http://a/"});
      request.fail("Couldn't connect to server");
      request.finish(200);  // too late
    });
    CHECK(text_at(told, "spans.0.status") == "internal_error");
    CHECK(text_at(told, "spans.0.data.error.type") == "Couldn't connect to server");
    CHECK(told.at("spans.0.data.http.response.status_code").is_null());
    REQUIRE(breadcrumbs(told).size() == 1);
    CHECK(text_at(told, "breadcrumbs.values.0.level") == "error");
    CHECK(text_at(told, "breadcrumbs.values.0.data.reason") == "Couldn't connect to server");
  }

  TEST_CASE("a request that nobody ended was cancelled, wherever it was moved") {
    const ScopedClient client({.traces_sample_rate = 1.0});
    const Value told = told_of(client, [] {
      ClientRequest first({.url = "http://a/1"});
      ClientRequest second(std::move(first));
      first.finish(200);  // NOLINT(bugprone-use-after-move): swallowed
      second = ClientRequest({.url = "http://a/2"});
      second.finish(200);
    });
    REQUIRE(spans(told).size() == 2);
    CHECK(breadcrumbs(told).size() == 2);
    for (const Value& span : spans(told)) {
      const bool is_first = text_at(span, "data.url") == "http://a/1";
      CHECK(text_at(span, "status") == (is_first ? "cancelled" : "ok"));
    }
  }

  TEST_CASE("foreign members of the request's own baggage stay") {  // P4.9, C096
    const ScopedClient client({.traces_sample_rate = 1.0});
    const ClientRequest request(
        {.url = "http://a/", .baggage = "vendor=1;p=2,sentry-trace_id=none"});
    const std::string baggage = value_of(request.headers(), "baggage");
    CHECK(baggage.starts_with("vendor=1;p=2,sentry-"));
    CHECK(baggage.find("none") == std::string::npos);
  }

  TEST_CASE("what is no target gets no headers, but is told of") {  // P4.11, C101
    Options options{.traces_sample_rate = 1.0};
    options.trace_propagation_targets = {"http://mine.example/"};
    const ScopedClient client(options);
    const Value told = told_of(client, [] {
      ClientRequest mine({.url = "http://mine.example/x"});
      ClientRequest other({.url = "http://other.example/x"});
      CHECK(mine.headers().size() == 2);
      CHECK(other.headers().empty());
      mine.finish(200);
      other.finish(200);
    });
    CHECK(spans(told).size() == 2);
    CHECK(breadcrumbs(told).size() == 2);
  }

  TEST_CASE("requests to the server of the DSN are left alone") {  // P4.11
    const ScopedClient client({.dsn = "http://key@sentry.example/1", .traces_sample_rate = 1.0});
    const Value told = told_of(client, [] {
      ClientRequest request({.url = "http://sentry.example/api/0/"});
      CHECK(request.headers().empty());
      request.finish(200);
    });
    CHECK(spans(told).empty());
    CHECK(breadcrumbs(told).empty());
  }

  TEST_CASE("without a transaction there are headers and a breadcrumb all the same") {  // P4.10
    const ScopedClient client;
    ClientRequest request({.url = "http://a/"});
    const std::string trace = value_of(request.headers(), "sentry-trace");
    CHECK(trace.size() == 32 + 1 + 16);
    request.finish(500);
    capture_message("probe");
    const auto event = client.captured().last_event();
    REQUIRE(event);
    CHECK(breadcrumbs(event->json()).size() == 1);
    CHECK(trace.starts_with(text_at(event->json(), "contexts.trace.trace_id")));
  }

  TEST_CASE("the breadcrumb belongs to the scope that the request was made in") {
    const ScopedClient client;
    ClientRequest request;
    {
      const ScopeGuard isolated = isolate();
      set_tag("unit", "one");
      request = ClientRequest({.url = "http://a/"});
      std::thread([&] { request.finish(200); }).join();
      capture_message("inside");
    }
    capture_message("outside");
    const auto events = client.captured().messages();
    REQUIRE(events.size() == 2);
    CHECK(breadcrumbs(events[0].json()).size() == 1);
    CHECK(breadcrumbs(events[1].json()).empty());
  }

  TEST_CASE("while off nothing happens and nothing is allocated") {
    CHECK(tests::count_allocations([] {
            ClientRequest request({.method = "a method that is longer than a small string",
                                   .url = "http://a.host/with/a/path/longer/than/a/small/string"});
            CHECK(request.headers().empty());
            ClientRequest moved(std::move(request));
            moved.finish(200);
            moved.fail("a reason that is longer than a small string");
          }) == 0);
  }
}

}  // namespace
}  // namespace picket::http
