#include "picket/integrations/httplib.hpp"

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/loopback.hpp"
#include "support/told.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace picket::httplib {
namespace {

using testing::Captured;
using testing::ScopedClient;
using tests::text_at;
using tests::transactions;
using HttpRequest = ::httplib::Request;
using HttpResponse = ::httplib::Response;
using Shop = tests::Loopback<Server>;
using Handled = ::httplib::Server::HandlerResponse;

/// Names of the transactions, in the order of their end.
std::vector<std::string> names(const Captured& captured) {
  std::vector<std::string> all;
  for (const Value& told : transactions(captured)) all.push_back(text_at(told, "transaction"));
  return all;
}

/// One request ends before the next begins, so that the order of transactions is known.
void serve_in_order(Shop& shop) {
  shop.new_task_queue = [] { return new ::httplib::ThreadPool(1); };
}

/// Sends `bytes` as they are and returns the head of the response.
std::string exchange(int port, std::string_view bytes) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0) {
    char buffer[4096];
    while (answer.find("\r\n\r\n") == std::string::npos) {
      const ssize_t size = ::recv(fd, buffer, sizeof buffer, 0);
      if (size <= 0) break;
      answer.append(buffer, static_cast<std::size_t>(size));
    }
  }
  ::close(fd);
  return answer;
}

/// What one request to a server that `set_up` prepared leaves behind.
Captured told_of(const ScopedClient& client, const std::function<void(Shop&)>& set_up,
                 const std::string& path, int expected_status) {
  Shop shop;
  set_up(shop);
  shop.start();
  ::httplib::Client sender(shop.url());
  const auto result = sender.Get(path);
  REQUIRE(result);
  CHECK(result->status == expected_status);
  shop.stop();
  return client.captured();
}

TEST_SUITE("integrations/httplib_server") {
  TEST_CASE("requests are named by their route, or by their path without one") {  // P4.4
    const ScopedClient client({.traces_sample_rate = 1.0});
    Shop shop;
    serve_in_order(shop);
    const auto ok = [](const HttpRequest&, HttpResponse&) {};
    const auto read = [](const HttpRequest&, HttpResponse& out,
                         const ::httplib::ContentReader& reader) {
      std::string body;
      reader([&](const char* data, std::size_t size) {
        body.append(data, size);
        return true;
      });
      out.set_content(body, "text/plain");
    };
    shop.Get(R"(/cart/(\d+))", ok).Post("/cart", ok).Put("/cart", read).Delete("/cart", ok);
    shop.Patch("/cart", ok).Options("/cart", ok);
    shop.start();
    ::httplib::Client sender(shop.url());
    sender.Get("/cart/7?a=1");
    sender.Head("/cart/7");
    sender.Post("/cart", "{}", "application/json");
    CHECK(sender.Put("/cart", "body", "text/plain")->body == "body");
    sender.Delete("/cart");
    sender.Patch("/cart");
    sender.Options("/cart");
    CHECK(sender.Get("/no%20such")->status == 404);
    shop.stop();

    const auto captured = client.captured();
    const std::vector<std::string> expected{
        R"(GET /cart/(\d+))", R"(HEAD /cart/(\d+))", "POST /cart",    "PUT /cart",
        "DELETE /cart",       "PATCH /cart",         "OPTIONS /cart", "GET /no%20such"};
    CHECK(names(captured) == expected);
    const auto all = transactions(captured);
    const Value& first = all.front();
    CHECK(text_at(first, "transaction_info.source") == "route");
    CHECK(text_at(first, "contexts.trace.op") == "http.server");
    CHECK(text_at(first, "contexts.trace.origin") == "auto.http.httplib");
    CHECK(text_at(first, "contexts.trace.status") == "ok");
    CHECK(first.at("contexts.trace.data.http.response.status_code") == Value(200));
    CHECK(text_at(first, "request.url") == shop.url("/cart/7"));
    CHECK(text_at(first, "request.query_string") == "a=1");
    CHECK(text_at(all.back(), "transaction_info.source") == "url");
    CHECK(text_at(all.back(), "contexts.trace.status") == "not_found");
  }

  TEST_CASE("requests of one connection share nothing") {
    const ScopedClient client({.traces_sample_rate = 1.0});
    Shop shop;
    serve_in_order(shop);
    shop.Get("/first", [](const HttpRequest&, HttpResponse&) {
      set_tag("first", "yes");
      add_breadcrumb("first");
    });
    shop.Get("/second", [](const HttpRequest&, HttpResponse&) {});
    shop.start();
    ::httplib::Client sender(shop.url());
    sender.set_keep_alive(true);
    for (int i = 0; i < 2; ++i) {
      REQUIRE(sender.Get("/first", {{"baggage", "vendor=1"}}));
      REQUIRE(sender.Get("/second"));
    }
    sender.stop();
    shop.stop();

    const auto all = transactions(client.captured());
    REQUIRE(all.size() == 4);
    std::set<std::string> traces;
    for (const Value& told : all) {
      const bool is_first = text_at(told, "transaction") == "GET /first";
      CHECK(text_at(told, "tags.first") == (is_first ? "yes" : ""));
      CHECK(tests::breadcrumbs(told).size() == (is_first ? 1 : 0));
      CHECK(text_at(told, "request.headers.baggage") == (is_first ? "vendor=1" : ""));
      traces.insert(text_at(told, "contexts.trace.trace_id"));
    }
    CHECK(traces.size() == 4);
  }

  TEST_CASE("what a handler throws is captured once, and answered as httplib does") {
    struct Row {
      const char* name;
      std::function<void()> fail;
      const char* type;
      const char* what;
    };
    const Row rows[] = {
        {"exception", [] { throw std::runtime_error("disk full"); }, "runtime_error", "disk full"},
        {"number", [] { throw 42; }, "int", "UNKNOWN"},
        {"captured before",
         [] {
           try {
             throw std::runtime_error("disk full");
           } catch (...) {
             capture_exception({.mechanism = "auto.http.httplib", .handled = false});
             throw;
           }
         },
         "runtime_error", "disk full"}};
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const ScopedClient client({.traces_sample_rate = 1.0});
      Shop shop;
      shop.Get("/fail", [&](const HttpRequest&, HttpResponse&) { row.fail(); });
      shop.start();
      ::httplib::Client sender(shop.url());
      const auto result = sender.Get("/fail");
      REQUIRE(result);
      CHECK(result->status == 500);
      CHECK(result->get_header_value("EXCEPTION_WHAT") == row.what);
      shop.stop();

      const auto captured = client.captured();
      REQUIRE(captured.errors().size() == 1);
      const auto error = captured.errors()[0];
      CHECK(error.type() == row.type);
      CHECK(error.json().at("exception.values.0.mechanism.handled") == Value(false));
      CHECK(text_at(error.json(), "transaction") == "GET /fail");
      const Value told = transactions(captured).at(0);
      CHECK(text_at(told, "contexts.trace.status") == "internal_error");
      CHECK(text_at(error.json(), "contexts.trace.trace_id") ==
            text_at(told, "contexts.trace.trace_id"));
    }
  }

  TEST_CASE("what the host's exception handler makes an answer of is not captured") {
    struct Row {
      const char* name;
      int status;  // -1: leaves it alone
      int expected_status;
      std::size_t errors;
    };
    const Row rows[] = {{"not found", 404, 404, 0},
                        {"elsewhere", 302, 302, 0},
                        {"own error page", 500, 500, 1},
                        {"nothing", -1, 200, 1}};
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const ScopedClient client({.traces_sample_rate = 1.0});
      const auto captured = told_of(
          client,
          [&](Shop& shop) {
            shop.Get("/fail", [](const HttpRequest&, HttpResponse&) { throw 42; });
            shop.set_exception_handler(
                [&](const HttpRequest&, HttpResponse& out, const std::exception_ptr&) {
                  set_tag("handler", "yes");
                  if (row.status != -1) out.status = row.status;
                });
          },
          "/fail", row.expected_status);
      CHECK(captured.errors().size() == row.errors);
      const Value told = transactions(captured).at(0);
      CHECK(text_at(told, "tags.handler") == "yes");
      CHECK((text_at(told, "contexts.trace.status") == "internal_error") == (row.errors == 1));
      CHECK(told.at("contexts.trace.data.http.response.status_code") == Value(row.expected_status));
    }
  }

  TEST_CASE("the host's own hooks run, inside the request") {
    const ScopedClient client({.traces_sample_rate = 1.0});
    const auto note = [](const char* hook) { set_tag(hook, "yes"); };
    const auto captured = told_of(
        client,
        [&](Shop& shop) {
          shop.set_pre_routing_handler([&](const HttpRequest&, HttpResponse&) {
            note("pre_routing");
            return Handled::Unhandled;
          });
          shop.set_error_handler([&](const HttpRequest&, HttpResponse& out) {
            note("error");
            out.set_content("no such page", "text/plain");
          });
          shop.set_post_routing_handler([&](const HttpRequest&, HttpResponse& out) {
            note("post_routing");
            out.set_header("X-Post", "yes");
          });
          shop.set_logger([&](const HttpRequest&, const HttpResponse& out) {
            note("logger");
            set_tag("body", out.body);
            set_tag("post", out.get_header_value("X-Post"));
          });
        },
        "/nowhere", 404);
    const Value told = transactions(captured).at(0);
    for (const char* tag : {"pre_routing", "error", "post_routing", "logger", "post"}) {
      CAPTURE(tag);
      CHECK(text_at(told, std::string("tags.") + tag) == "yes");
    }
    CHECK(text_at(told, "tags.body") == "no such page");
  }

  TEST_CASE("a request that the pre-routing handler answers or fails is told too") {
    for (const bool throws : {false, true}) {
      CAPTURE(throws);
      const ScopedClient client({.traces_sample_rate = 1.0});
      const auto captured = told_of(
          client,
          [&](Shop& shop) {
            shop.set_pre_routing_handler([&](const HttpRequest&, HttpResponse& out) {
              if (throws) throw std::runtime_error("no gate");
              out.status = 403;
              return Handled::Handled;
            });
          },
          "/x", throws ? 500 : 403);
      CHECK(names(captured) == std::vector<std::string>{"GET /x"});
      CHECK(captured.errors().size() == (throws ? 1 : 0));
    }
  }

  TEST_CASE("requests that are refused before routing are told and leave nothing") {
    const ScopedClient client({.traces_sample_rate = 1.0});
    Shop shop;
    serve_in_order(shop);
    shop.set_error_handler([](const HttpRequest&, HttpResponse&) {
      set_tag("refused", "yes");
      return Handled::Unhandled;
    });
    shop.set_expect_100_continue_handler([](const HttpRequest&, HttpResponse& out) {
      set_tag("expect", "yes");
      return out.status = 413;
    });
    shop.Get("/", [](const HttpRequest&, HttpResponse&) {});
    shop.start();
    const std::string closed = " HTTP/1.1\r\nConnection: close\r\n";
    CHECK(exchange(shop.port(), "garbage\r\n\r\n").find(" 400 ") != std::string::npos);
    CHECK(exchange(shop.port(), "GET /a" + closed + "Range: nonsense\r\n\r\n").find(" 416 ") !=
          std::string::npos);
    CHECK(
        exchange(shop.port(), "POST /b" + closed + "Expect: 100-continue\r\n\r\n").find(" 413 ") !=
        std::string::npos);
    CHECK(exchange(shop.port(), "GET /" + closed + "\r\n").find(" 200 ") != std::string::npos);
    shop.stop();

    const auto captured = client.captured();
    CHECK(names(captured) ==
          std::vector<std::string>{"unreadable request", "GET /a", "POST /b", "GET /"});
    const auto all = transactions(captured);
    for (std::size_t i = 0; i < all.size(); ++i) {
      CAPTURE(i);
      CHECK(text_at(all[i], "tags.refused") == (i < 3 ? "yes" : ""));
      CHECK(text_at(all[i], "tags.expect") == "");
    }
    CHECK(text_at(all[1], "contexts.trace.status") == "invalid_argument");
  }

  TEST_CASE("a response that is streamed belongs to its request") {
    const ScopedClient client({.traces_sample_rate = 1.0});
    Shop shop;
    shop.Get("/stream", [](const HttpRequest&, HttpResponse& out) {
      out.set_chunked_content_provider("text/plain", [](std::size_t, ::httplib::DataSink& sink) {
        const auto span = start_span({.op = "stream"});
        sink.write("chunk", 5);
        sink.done();
        return true;
      });
    });
    shop.start();
    ::httplib::Client sender(shop.url());
    CHECK(sender.Get("/stream")->body == "chunk");
    shop.stop();
    CHECK(text_at(transactions(client.captured()).at(0), "spans.0.op") == "stream");
  }

  TEST_CASE("of personal data only what is allowed is told") {  // C167, C168
    for (const bool pii : {false, true}) {
      CAPTURE(pii);
      const ScopedClient client({.traces_sample_rate = 1.0, .send_default_pii = pii});
      Shop shop;
      shop.Post("/login", [](const HttpRequest&, HttpResponse&) {});
      shop.start();
      ::httplib::Client sender(shop.url());
      sender.Post("/login?next=/&sid=1",
                  {{"Cookie", "a=1"}, {"X-Api-Key", "k"}, {"X-Real-IP", "i"}},
                  R"({"name":"Ann","pwd":"x"})", "application/json");
      shop.stop();
      const Value told = transactions(client.captured()).at(0).at("request");
      CHECK(text_at(told, "query_string") == "next=/&sid=[Filtered]");
      CHECK(text_at(told, "headers.X-Api-Key") == "[Filtered]");
      CHECK(text_at(told, "headers.Cookie") == "[Filtered]");
      CHECK(text_at(told, "headers.X-Real-IP") == (pii ? "i" : "[Filtered]"));
      CHECK(text_at(told, "cookies") == (pii ? "a=1" : ""));
      CHECK(text_at(told, "env.REMOTE_ADDR") == (pii ? "127.0.0.1" : ""));
      CHECK(told.at("headers.REMOTE_ADDR").is_null());
      CHECK(text_at(told, "data.name") == (pii ? "Ann" : ""));
      CHECK(text_at(told, "data.pwd") == (pii ? "[Filtered]" : ""));
    }
  }

  TEST_CASE("two services make one trace") {  // P4.9, P4.11
    const ScopedClient client({.traces_sample_rate = 1.0});
    Shop stock;
    stock.Get("/stock", [](const HttpRequest&, HttpResponse&) {});
    stock.start();
    Shop shop;
    shop.Get("/cart", [&](const HttpRequest&, HttpResponse&) {
      ::httplib::Client sender(stock.url());
      get(sender, stock.url(), "/stock");
    });
    shop.start();
    ::httplib::Client sender(shop.url());
    REQUIRE(sender.Get("/cart"));
    shop.stop();
    stock.stop();

    const auto all = transactions(client.captured());
    REQUIRE(all.size() == 2);
    const bool stock_is_first = text_at(all[0], "transaction") == "GET /stock";
    const Value& inner = all[stock_is_first ? 0 : 1];
    const Value& outer = all[stock_is_first ? 1 : 0];
    CHECK(text_at(inner, "contexts.trace.trace_id") == text_at(outer, "contexts.trace.trace_id"));
    REQUIRE(tests::spans(outer).size() == 1);
    CHECK(text_at(inner, "contexts.trace.parent_span_id") == text_at(outer, "spans.0.span_id"));
  }

  TEST_CASE("while off the server serves and the host's hooks run") {
    Shop shop;
    std::atomic<int> logged = 0;
    shop.Get("/ok", [](const HttpRequest&, HttpResponse& out) { out.set_content("x", "a/b"); });
    shop.Get("/fail", [](const HttpRequest&, HttpResponse&) { throw 42; });
    shop.set_logger([&](const HttpRequest&, const HttpResponse&) { ++logged; });
    shop.start();
    ::httplib::Client sender(shop.url());
    CHECK(sender.Get("/ok")->body == "x");
    CHECK(sender.Get("/fail")->status == 500);
    shop.stop();
    CHECK(logged == 2);
  }
}

}  // namespace
}  // namespace picket::httplib
