#include "picket/integrations/httplib.hpp"

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/loopback.hpp"
#include "support/told.hpp"

#include <doctest/doctest.h>

#include <string>

namespace picket::httplib {
namespace {

using testing::ScopedClient;
using tests::header_of;
using tests::HeaderLog;
using tests::Loopback;
using tests::spans;
using tests::text_at;
using tests::transactions;

/// A server that keeps what it is sent.
struct Shop {
  HeaderLog log{};
  Loopback<> server{};

  Shop() {
    server.Get("/cart", [this](const ::httplib::Request& in, ::httplib::Response& out) {
      log.keep(in);
      out.set_content("four", "text/plain");
    });
    server.Post("/cart", [this](const ::httplib::Request& in, ::httplib::Response& out) {
      log.keep(in);
      out.status = in.body == "{}" && in.get_header_value("Content-Type") == "a/b" ? 201 : 400;
    });
    server.start();
  }
};

Value only_transaction(const ScopedClient& client) {
  const auto all = transactions(client.captured());
  REQUIRE(all.size() == 1);
  return all[0];
}

TEST_SUITE("integrations/httplib_client") {
  TEST_CASE("a request leaves with the headers of its span, and with its own") {  // P4.9, P4.15
    const ScopedClient client({.traces_sample_rate = 1.0});
    Shop shop;
    ::httplib::Client sender(shop.server.url());
    traced({.op = "test", .name = "test"}, [&] {
      const auto result = get(sender, shop.server.url("/"), "/cart?token=x",
                              {{"X-Own", "1"}, {"Baggage", "a=1"}, {"baggage", "b=2"}});
      REQUIRE(result);
      CHECK(result->body == "four");
    });
    const Value told = only_transaction(client);
    const Value span = spans(told).at(0);
    CHECK(text_at(span, "op") == "http.client");
    CHECK(text_at(span, "origin") == "auto.http.httplib");
    CHECK(text_at(span, "description") == "GET " + shop.server.url("/cart"));
    CHECK(text_at(span, "data.http.query") == "token=[Filtered]");
    CHECK(span.at("data.http.response_content_length") == Value(4));
    CHECK(told.at("breadcrumbs.values.0.data.status_code") == Value(200));

    const auto seen = shop.log.all().at(0);
    CHECK(header_of(seen, "X-Own") == "1");
    CHECK(header_of(seen, "baggage").starts_with("a=1,b=2,sentry-"));
    CHECK(header_of(seen, "sentry-trace") ==
          text_at(told, "contexts.trace.trace_id") + '-' + text_at(span, "span_id") + "-1");
  }

  TEST_CASE("a body is posted as it is") {
    const ScopedClient client({.traces_sample_rate = 1.0});
    Shop shop;
    ::httplib::Client sender(shop.server.url());
    traced({.op = "test", .name = "test"}, [&] {
      const auto result = post(sender, shop.server.url(), "/cart", "{}", "a/b");
      REQUIRE(result);
      CHECK(result->status == 201);
    });
    CHECK(text_at(only_transaction(client), "spans.0.data.http.request.method") == "POST");
  }

  TEST_CASE("a failure of the network is an internal error that names httplib's") {  // P4.13
    const ScopedClient client({.traces_sample_rate = 1.0});
    std::string url;
    {
      Shop closed;
      url = closed.server.url();
    }
    ::httplib::Client sender(url);
    traced({.op = "test", .name = "test"}, [&] {
      const auto result = get(sender, url, "/cart");
      CHECK_FALSE(result);
      CHECK(result.error() == ::httplib::Error::Connection);
    });
    const Value told = only_transaction(client);
    CHECK(text_at(told, "spans.0.status") == "internal_error");
    CHECK(text_at(told, "spans.0.data.error.type") ==
          ::httplib::to_string(::httplib::Error::Connection));
  }

  TEST_CASE("while off a request is sent as it is") {
    Shop shop;
    ::httplib::Client sender(shop.server.url());
    REQUIRE(get(sender, shop.server.url(), "/cart", {{"baggage", "a=1"}}));
    const auto seen = shop.log.all().at(0);
    CHECK(header_of(seen, "sentry-trace") == "(none)");
    CHECK(header_of(seen, "baggage") == "a=1");
  }
}

}  // namespace
}  // namespace picket::httplib
