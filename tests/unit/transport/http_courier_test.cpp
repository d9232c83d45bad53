// Several requests at a time over libcurl, and how they end.

#include "support/scoped_env.hpp"
#include "support/scripted_server.hpp"
#include "transport/http_transport.hpp"
#include "unit/transport/courier_steps.hpp"
#include "unit/transport/voice.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace picket::transport {
namespace {

using namespace std::chrono_literals;
using test::reply;
using test::ScriptedServer;
using test::Step;

std::unique_ptr<Courier> open(const ScriptedServer& server, const HttpOptions& options = {}) {
  const auto dsn = Dsn::parse("http://key@127.0.0.1:" + std::to_string(server.port()) + "/42");
  REQUIRE(dsn);
  auto courier = make_http_courier(*dsn, options);
  REQUIRE(courier);
  return std::move(*courier);
}

/// Lets the courier work until so many requests have reached the server; no answer comes meanwhile.
void drive(Courier& courier, const ScriptedServer& server, std::size_t requests) {
  std::vector<Courier::Arrival> none;
  const auto deadline = base::deadline_in(20s);
  while (server.requests().size() < requests && base::time_until(deadline) > 0ms) {
    courier.wait(base::deadline_in(5ms), none);
  }
  CHECK(server.requests().size() == requests);
  CHECK(none.empty());
}

TEST_SUITE("transport/http_courier") {
  TEST_CASE("slow answers are waited for together, each over a connection of its own") {
    // Nobody is answered before all four have asked.
    const Step together{reply(200), Step::Then::keep, {}, 4};
    const ScriptedServer server({together, together, together, together});
    const auto courier = open(server);
    REQUIRE(courier->capacity() == 4);
    for (const int round : {0, 1}) {
      CAPTURE(round);
      for (Courier::FlightId id = 1; id <= 4; ++id) courier->send(id, "body " + std::to_string(id));
      for (const auto& [id, response] : await(*courier, 4)) CHECK(response.status == 200);
    }
    std::set<std::size_t> connections;
    std::multiset<std::string> bodies;
    for (const auto& request : server.requests()) {
      connections.insert(request.connection);
      bodies.insert(request.body);
    }
    CHECK(connections.size() == 4);
    CHECK(bodies.size() == 8);
    for (int id = 1; id <= 4; ++id) CHECK(bodies.count("body " + std::to_string(id)) == 2);
  }

  TEST_CASE("answers find the request that they belong to") {
    const ScriptedServer server({{reply(200, "Retry-After: 1\r\n"), Step::Then::keep, {}, 4},
                                 {reply(200, "Retry-After: 2\r\n"), Step::Then::keep, {}, 4},
                                 {reply(200, "Retry-After: 3\r\n"), Step::Then::keep, {}, 4}});
    const auto courier = open(server);
    for (Courier::FlightId id = 1; id <= 3; ++id) {
      courier->send(id * 10, std::to_string(id * 10));
      drive(*courier, server, id);  // so that the steps are taken in this order
    }
    courier->send(40, "40");  // it lets the others go
    const Arrivals arrivals = await(*courier, 4);
    CHECK(arrivals.at(10).retry_after == "1");
    CHECK(arrivals.at(20).retry_after == "2");
    CHECK(arrivals.at(30).retry_after == "3");
  }

  TEST_CASE("a request is on its way before anybody waits for it") {
    const ScriptedServer server;
    const auto courier = open(server);
    courier->send(1, "{}\n");
    await(*courier, 1);
    courier->send(2, "{}\n");
    CHECK(server.await_requests(2));
  }

  TEST_CASE("one request too many is refused, not forgotten") {
    const ScriptedServer server({{"", Step::Then::hang}});
    const auto courier = open(server, {.max_in_flight = 1});
    courier->send(1, "{}\n");
    courier->send(2, "{}\n");
    CHECK(await(*courier, 1).at(2).error == "too many requests at once");
  }

  TEST_CASE("a wait ends at its deadline, and at a wake, also at one that came before") {
    const ScriptedServer server({{"", Step::Then::hang}});
    const auto courier = open(server);
    std::vector<Courier::Arrival> arrivals;
    courier->wait(base::deadline_in(1ms), arrivals);
    courier->wake();
    courier->wake();
    courier->wait(base::deadline_in(60s), arrivals);
    courier->wait(base::deadline_in(1ms), arrivals);  // the second wake was the first one's
    courier->send(1, "{}\n");
    drive(*courier, server, 1);
    std::thread waker([&] { courier->wake(); });
    courier->wait(base::deadline_in(60s), arrivals);
    waker.join();
    CHECK(arrivals.empty());
  }

  TEST_CASE("a cancel ends every flight and no later one") {
    const ScriptedServer server(
        {{"", Step::Then::hang}, {"", Step::Then::hang}, {"", Step::Then::hang}});
    const auto courier = open(server);
    for (Courier::FlightId id = 1; id <= 3; ++id) courier->send(id, "{}\n");
    drive(*courier, server, 3);
    courier->cancel();
    for (const auto& [id, response] : await(*courier, 3)) {
      CHECK(response.status == 0);
      CHECK(response.error == "cancelled");
    }
    courier->send(4, "{}\n");
    CHECK(await(*courier, 1).at(4).status == 200);
  }

  TEST_CASE("an interrupt ends every flight and every later one") {
    const ScriptedServer server({{"", Step::Then::hang}, {"", Step::Then::hang}});
    const auto courier = open(server);
    courier->send(1, "{}\n");
    courier->send(2, "{}\n");
    drive(*courier, server, 2);
    Arrivals arrivals;
    std::thread waiter([&] { arrivals = await(*courier, 2); });
    courier->interrupt();
    waiter.join();
    CHECK(arrivals.at(1).error == "interrupted");
    CHECK(arrivals.at(2).error == "interrupted");
    courier->send(3, "{}\n");
    CHECK(await(*courier, 1).at(3).error == "interrupted");
  }

  TEST_CASE("an answer that never ends is cut off, or ends with the request timeout") {
    const std::string head = "HTTP/1.1 200 OK\r\nRetry-After: 5\r\n";
    const std::string chunk = "1000\r\n" + std::string(4096, 'x') + "\r\n";
    const std::string line = "X-Noise: " + std::string(4096, 'x') + "\r\n";
    const std::string hint =
        "HTTP/1.1 103 Early Hints\r\nLink: " + std::string(4096, 'x') + "\r\n\r\n";
    struct Row {
      const char* name;
      Step step;
      int status;
      std::chrono::milliseconds timeout;
    };
    const Row rows[] = {
        {"a dripping body",
         {head + "Content-Length: 1000\r\n\r\n", Step::Then::drip, "x"},
         200,
         100ms},
        {"a dripping head", {head, Step::Then::drip, "x"}, 0, 100ms},
        {"an endless body",
         {head + "Transfer-Encoding: chunked\r\n\r\n", Step::Then::drip, chunk},
         200,
         60s},
        {"an endless head", {head, Step::Then::drip, line}, 0, 60s},
        {"endless hints", {"", Step::Then::drip, hint}, 0, 60s},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const ScriptedServer server({row.step});
      const auto courier = open(server, {.request_timeout = row.timeout});
      courier->send(1, "{}\n");
      const TransportResponse response = await(*courier, 1).at(1);
      CHECK(response.status == row.status);
      CHECK(response.retry_after == (row.status == 200 ? "5" : ""));
      courier->send(2, "{}\n");
      CHECK(await(*courier, 1).at(2).status == 200);
    }
  }

  TEST_CASE("bodies go compressed in the way the host chose, whatever was sent before") {  // P1.7
    const ScriptedServer server;
    std::string text;
    while (text.size() < 300'000) text += "{\"n\":" + std::to_string(text.size() * 7919) + "}\n";
    for (const Compression compression : {Compression::gzip, Compression::zstd}) {
      const auto courier = open(server, {.compression = compression});
      for (const std::size_t size : {300'000U, 10U, 5'000U, 200'000U}) {
        CAPTURE(size);
        courier->send(1, text.substr(0, size));
        CHECK(await(*courier, 1).at(1).status == 200);
        const auto request = server.requests().back();
        CHECK(request.body == text.substr(0, size));
        const auto encoding = request.headers.find("content-encoding");
        REQUIRE((encoding != request.headers.end()) == (size > 1024));
        if (size > 1024)
          CHECK(encoding->second == (compression == Compression::gzip ? "gzip" : "zstd"));
      }
    }
  }

  TEST_CASE("a tunnel gets every envelope at exactly its URL, and no key") {  // P7.14, C172
    const ScriptedServer server;
    const auto dsn = Dsn::parse("https://key:secret@sentry.invalid/42");
    auto courier = make_http_courier(
        *dsn, {.tunnel = "http://127.0.0.1:" + std::to_string(server.port()) + "/a/../t?x=%20#f"});
    REQUIRE(courier);
    (*courier)->send(1, "{}\n");
    CHECK(await(**courier, 1).at(1).status == 200);
    const auto request = server.requests().at(0);
    CHECK(request.line == "POST /a/../t?x=%20 HTTP/1.1");
    CHECK_FALSE(request.headers.contains("x-sentry-auth"));
    CHECK(request.headers.at("content-type") == "application/x-sentry-envelope");
  }

  TEST_CASE("a variable that names no certificates is told where TLS is spoken") {
    const tests::ScopedEnv gone("SSL_CERT_FILE", "/none.pem");
    const Voice voice(Level::warning);
    CHECK(make_http_courier(Dsn::parse("http://key@sentry.invalid/42").value(), {}));
    CHECK_FALSE(voice.said("SSL_CERT_FILE"));
    CHECK(make_http_courier(Dsn::parse("https://key@sentry.invalid/42").value(), {}));
    CHECK(voice.said("SSL_CERT_FILE names /none.pem, which cannot be read"));
  }

  TEST_CASE("what cannot be used is told at once, with the name of the option") {
    struct Row {
      HttpOptions options;
      const char* message;
    };
    const Row rows[] = {
        {{.ca_certs = "/none.pem"}, "Options::ca_certs names /none.pem, which cannot be read"},
        {{.ca_certs = "/tmp"}, "Options::ca_certs names /tmp, which cannot be read"},
        {{.client_certificate = "/none.pem"},
         "Options::client_certificate names /none.pem, which cannot be read"},
        {{.client_certificate = "/proc/self/maps", .client_key = "/none.pem"},
         "Options::client_key names /none.pem, which cannot be read"},
        {{.client_key = "/proc/self/maps"},
         "Options::client_key is set without Options::client_certificate"},
        {{.tunnel = "http://"}, "this is no URL to post to: http://"},
        {{.tunnel = "u:p@"}, "this is no URL to post to: ***@"},
    };
    const Dsn dsn = Dsn::parse("https://key@sentry.invalid/42").value();
    for (const Row& row : rows) {
      CAPTURE(row.message);
      const auto courier = make_http_courier(dsn, row.options);
      REQUIRE_FALSE(courier);
      CHECK(courier.error() == Error{Errc::unavailable, row.message});
    }
  }
}

}  // namespace
}  // namespace picket::transport
