#include "picket/integrations/http_server.hpp"

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/allocations.hpp"
#include "support/told.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

namespace picket::http {
namespace {

using testing::ScopedClient;
using tests::text_at;
using tests::transactions;

constexpr const char* kTrace = "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a";

/// A request with every kind of header.
const std::vector<Header>& headers() {
  static const std::vector<Header> all = {
      {"Host", "shop.example:8080"},
      {"Accept", "text/html"},
      {"accept", "text/plain"},
      {"Authorization", "Bearer abc"},
      {"Cookie", "theme=dark; sessionid=abc"},
      {"X-API-Key", "abc"},
      {"X-Forwarded-For", "192.0.2.1"},
      {"sentry-trace", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-1"},
      {"baggage", "sentry-trace_id=7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a,sentry-sample_rand=0.100000"}};
  return all;
}

IncomingRequest post_cart() {
  return {.method = "POST",
          .target = "/cart/7?pwd=x&a=1",
          .headers = headers(),
          .remote_address = "192.0.2.7",
          .origin = "auto.http.shop"};
}

Value only_transaction(const ScopedClient& client) {
  const auto all = transactions(client.captured());
  REQUIRE(all.size() == 1);
  return all[0];
}

TEST_SUITE("integrations/http_server") {
  TEST_CASE("a request is a transaction of the trace that it came with") {  // P4.1, P4.18
    const ScopedClient client({.traces_sample_rate = 1.0});
    {
      ServerRequest request(post_cart());
      request.span().set_data("rows", 3);
      request.finish(404);
      request.finish(200);  // too late
    }
    const Value told = only_transaction(client);
    CHECK(text_at(told, "transaction") == "POST /cart/7");
    CHECK(text_at(told, "transaction_info.source") == "url");
    CHECK(text_at(told, "contexts.trace.trace_id") == kTrace);
    CHECK(text_at(told, "contexts.trace.parent_span_id") == "a1b2c3d4e5f60718");
    CHECK(text_at(told, "contexts.trace.op") == "http.server");
    CHECK(text_at(told, "contexts.trace.origin") == "auto.http.shop");
    CHECK(text_at(told, "contexts.trace.status") == "not_found");
    CHECK(told.at("contexts.trace.data") == Value(Object{{"http.request.method", "POST"},
                                                         {"url", "http://shop.example:8080/cart/7"},
                                                         {"http.query", "pwd=[Filtered]&a=1"},
                                                         {"url.scheme", "http"},
                                                         {"server.address", "shop.example"},
                                                         {"server.port", 8080},
                                                         {"rows", 3},
                                                         {"http.response.status_code", 404},
                                                         {"duration_ms", 0}}));
  }

  TEST_CASE("the route names the transaction") {  // P4.4
    const ScopedClient client({.traces_sample_rate = 1.0});
    {
      ServerRequest request(post_cart());
      request.set_route("/cart/{id}");
      capture_message("inside");
      request.finish(200);
    }
    const auto captured = client.captured();
    const Value told = transactions(captured).at(0);
    CHECK(text_at(told, "transaction") == "POST /cart/{id}");
    CHECK(text_at(told, "transaction_info.source") == "route");
    CHECK(text_at(told, "contexts.trace.data.http.route") == "/cart/{id}");
    CHECK(text_at(captured.messages().at(0).json(), "transaction") == "POST /cart/{id}");
  }

  TEST_CASE("without personal data allowed the request is told without them") {  // C167, C168
    const ScopedClient client({.traces_sample_rate = 1.0});
    {
      ServerRequest request(post_cart());
      request.set_body("application/json", R"({"name":"Ann"})");
      capture_message("inside");
      request.finish(200);
    }
    const auto captured = client.captured();
    const Value expected(
        Object{{"method", "POST"},
               {"url", "http://shop.example:8080/cart/7"},
               {"query_string", "pwd=[Filtered]&a=1"},
               {"headers", Object{{"Host", "shop.example:8080"},
                                  {"Accept", "text/html, text/plain"},
                                  {"Authorization", "[Filtered]"},
                                  {"Cookie", "[Filtered]"},
                                  {"X-API-Key", "[Filtered]"},
                                  {"X-Forwarded-For", "[Filtered]"},
                                  {"sentry-trace", std::string(headers()[7].second)},
                                  {"baggage", std::string(headers()[8].second)}}}});
    CHECK(captured.messages().at(0).json().at("request") == expected);
    CHECK(transactions(captured).at(0).at("request") == expected);
  }

  TEST_CASE("with personal data allowed secrets are still filtered") {  // P7.10, C167
    const ScopedClient client({.traces_sample_rate = 1.0, .send_default_pii = true});
    {
      ServerRequest request(post_cart());
      request.set_body("application/json", R"({"name":"Ann","password":"x"})");
      request.finish(200);
    }
    const Value told = only_transaction(client).at("request");
    CHECK(text_at(told, "cookies") == "theme=dark; sessionid=[Filtered]");
    CHECK(told.at("env") == Value(Object{{"REMOTE_ADDR", "192.0.2.7"}}));
    CHECK(told.at("data") == Value(Object{{"name", "Ann"}, {"password", "[Filtered]"}}));
    CHECK(text_at(told, "headers.X-Forwarded-For") == "192.0.2.1");
    CHECK(text_at(told, "headers.Authorization") == "[Filtered]");
    CHECK(text_at(told, "headers.Cookie") == "[Filtered]");
  }

  TEST_CASE("a request that is too large is told in part") {
    const ScopedClient client({.traces_sample_rate = 1.0, .send_default_pii = true});
    const std::string name(20, 'n');
    const std::string value(5000, 'v');
    std::vector<std::string> names;
    for (int i = 0; i < 200; ++i) names.push_back(name + std::to_string(i));
    std::vector<Header> many;
    for (const std::string& each : names) many.emplace_back(each, value);
    {
      ServerRequest request({.method = "GET", .target = "/", .headers = many});
      request.set_body("text/plain", std::string(8193, 'b'));
      request.finish(200);
    }
    const Value told = only_transaction(client).at("request");
    CHECK(told.at("headers").as_object()->size() == 100);
    CHECK(text_at(told, "headers." + names[0]).size() == 4096);
    CHECK(told.at("data").is_null());
  }

  TEST_CASE("what a handler let through is captured once, as unhandled") {  // P3.7
    const ScopedClient client({.traces_sample_rate = 1.0});
    try {
      throw std::runtime_error("disk full");
    } catch (...) {
      ServerRequest request(post_cart());
      request.set_unhandled(std::current_exception());
      request.finish(200);  // the host's error page, say
    }
    const auto captured = client.captured();
    REQUIRE(captured.errors().size() == 1);
    const Value error = captured.errors()[0].json();
    CHECK(text_at(error, "exception.values.0.mechanism.type") == "auto.http.shop");
    CHECK(error.at("exception.values.0.mechanism.handled") == Value(false));
    CHECK(text_at(error, "request.url") == "http://shop.example:8080/cart/7");
    const Value told = transactions(captured).at(0);
    CHECK(text_at(told, "contexts.trace.status") == "internal_error");
    CHECK(text_at(error, "contexts.trace.trace_id") == kTrace);
    CHECK(text_at(error, "contexts.trace.span_id") == text_at(told, "contexts.trace.span_id"));
  }

  TEST_CASE("what the host captured already, or made an answer of, is not captured") {  // S4.6
    const ScopedClient client({.traces_sample_rate = 1.0});
    try {
      throw std::runtime_error("no such cart");
    } catch (...) {
      ServerRequest seen(post_cart());
      capture_exception();
      seen.set_unhandled(std::current_exception());
      seen.finish(500);
      ServerRequest answered(post_cart());
      answered.set_unhandled(std::current_exception());
      answered.set_unhandled(nullptr);
      answered.finish(404);
    }
    const auto captured = client.captured();
    CHECK(captured.errors().size() == 1);
    CHECK(text_at(transactions(captured).at(1), "contexts.trace.status") == "not_found");
  }

  TEST_CASE("nothing of a request is left when it ends") {
    const ScopedClient client({.traces_sample_rate = 1.0});
    set_tag("outer", "yes");
    const auto before = trace_headers();
    {
      ServerRequest request(post_cart());
      set_tag("inner", "yes");
      CHECK(current_span().trace_id() == kTrace);
    }
    CHECK_FALSE(current_span());
    CHECK(trace_headers()[0] == before[0]);
    capture_message("after");
    const auto captured = client.captured();
    const Value told = transactions(captured).at(0);
    CHECK(text_at(told, "tags.inner") == "yes");
    CHECK(text_at(told, "tags.outer") == "yes");
    CHECK(text_at(told, "contexts.trace.status") == "internal_error");  // it was not finished
    const auto after = captured.messages().at(0);
    CHECK_FALSE(after.tag("inner"));
    CHECK(after.json().at("request").is_null());
  }

  TEST_CASE("a request that is finished holds nothing any more") {
    const ScopedClient client({.traces_sample_rate = 1.0});
    ServerRequest request(post_cart());
    request.finish(200);
    CHECK_FALSE(current_span());
    request.set_route("/late");
    request.set_unhandled(std::make_exception_ptr(std::runtime_error("late")));
    capture_message("after");
    const auto captured = client.captured();
    CHECK(captured.messages().at(0).json().at("request").is_null());
    CHECK(captured.transactions().at(0).name() == "POST /cart/7");
    CHECK(captured.errors().empty());
  }

  TEST_CASE("each request without trace headers begins a trace") {  // P4.18
    const ScopedClient client({.traces_sample_rate = 1.0});
    for (int i = 0; i < 2; ++i) ServerRequest({.method = "GET", .target = "/"}).finish(200);
    const auto all = transactions(client.captured());
    REQUIRE(all.size() == 2);
    CHECK(text_at(all[0], "contexts.trace.trace_id") != text_at(all[1], "contexts.trace.trace_id"));
    CHECK(text_at(all[0], "contexts.trace.data.url") == "/");
  }

  TEST_CASE("targets in other forms, and none at all, are named too") {
    struct Row {
      const char* name;
      const char* method;
      const char* target;
      const char* expected;
      const char* url;
    };
    const Row rows[] = {
        {"absolute", "GET", "http://ann:pw@a/x?q", "GET /x", "http://[Filtered]:[Filtered]@a/x"},
        {"asterisk", "OPTIONS", "*", "OPTIONS *", "*"},
        {"no target", "garbage", "", "unreadable request", ""},
        {"nothing", "", "", "unreadable request", ""}};
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const ScopedClient client({.traces_sample_rate = 1.0});
      ServerRequest({.method = row.method, .target = row.target}).finish(400);
      const Value told = only_transaction(client);
      CHECK(text_at(told, "transaction") == row.expected);
      CHECK(text_at(told, "contexts.trace.data.url") == row.url);
    }
  }

  TEST_CASE("a sampler sees the request") {  // S8.7
    Options options;
    std::string seen;
    options.traces_sampler = [&](const SamplingContext& context) {
      for (std::size_t i = 0; i < context.data.size(); ++i) {
        seen.append(context.data[i].key).append(1, ' ');
      }
      return 0.0;
    };
    const ScopedClient client(options);
    ServerRequest(post_cart()).finish(200);
    CHECK(seen == "http.request.method url ");
    CHECK(transactions(client.captured()).empty());
  }

  TEST_CASE("while off nothing happens and nothing is allocated") {
    const auto error = std::make_exception_ptr(std::runtime_error("x"));
    static_cast<void>(headers());
    CHECK(tests::count_allocations([&] {
            ServerRequest request(post_cart());
            request.set_route("/a/route/that/is/longer/than/a/small/string");
            request.set_body("application/json", "{\"a\":\"longer than a small string\"}");
            request.set_unhandled(error);
            request.finish(200);
          }) == 0);
  }
}

}  // namespace
}  // namespace picket::http
