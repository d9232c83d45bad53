#include "transport/http_transport.hpp"

#include "support/scripted_server.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <string>
#include <thread>

namespace picket::transport {
namespace {

using namespace std::chrono_literals;
using test::reply;
using test::ScriptedServer;
using test::Step;

constexpr const char* kAuth =
    "Sentry sentry_version=7, sentry_client=picket.cpp/0.1.0, sentry_key=public";

/// A courier that is waited for after every envelope.
class Patient {
 public:
  explicit Patient(std::unique_ptr<Courier> courier) : courier_(std::move(courier)) {}

  TransportResponse send(std::string envelope) {
    courier_->send(1, std::move(envelope));
    std::vector<Courier::Arrival> arrivals;
    const auto deadline = base::deadline_in(20s);
    while (arrivals.empty() && std::chrono::steady_clock::now() < deadline) {
      courier_->wait(deadline, arrivals);
    }
    REQUIRE(arrivals.size() == 1);
    return arrivals.front().response;
  }
  void interrupt() { courier_->interrupt(); }

 private:
  std::unique_ptr<Courier> courier_;
};

std::shared_ptr<Patient> open(std::uint16_t port, HttpOptions options = {},
                              const std::string& keys = "public") {
  const auto dsn = Dsn::parse("http://" + keys + "@127.0.0.1:" + std::to_string(port) + "/42");
  REQUIRE(dsn);
  auto courier = make_http_courier(*dsn, options);
  REQUIRE(courier);
  return std::make_shared<Patient>(std::move(*courier));
}

std::shared_ptr<Patient> open(const ScriptedServer& server, HttpOptions options = {},
                              const std::string& keys = "public") {
  return open(server.port(), std::move(options), keys);
}

std::string large_text() {
  std::string text;
  for (int i = 0; text.size() < 100'000; ++i)
    text += "{\"line\":" + std::to_string(i * 7919) + "}\n";
  return text;
}

TEST_SUITE("transport/http_transport") {
  TEST_CASE("a request has the headers and the body that the server wants") {  // C015 to C018
    const ScriptedServer server;
    CHECK(open(server)->send("{}\n").status == 200);
    const auto requests = server.requests();
    REQUIRE(requests.size() == 1);
    auto headers = requests[0].headers;
    CHECK(requests[0].line == "POST /api/42/envelope/ HTTP/1.1");
    CHECK(headers["x-sentry-auth"] == kAuth);
    CHECK(headers["user-agent"] == "picket.cpp/0.1.0");
    CHECK(headers["content-type"] == "application/x-sentry-envelope");
    CHECK(headers["content-length"] == "3");
    CHECK_FALSE(headers.contains("content-encoding"));
    CHECK_FALSE(headers.contains("expect"));
    CHECK_FALSE(headers.contains("transfer-encoding"));
    CHECK(requests[0].body == "{}\n");
  }

  TEST_CASE("a secret is sent if the DSN has one") {  // C016
    const ScriptedServer server;
    open(server, {}, "public:hidden")->send("{}\n");
    CHECK(server.requests().at(0).headers["x-sentry-auth"] ==
          std::string(kAuth) + ", sentry_secret=hidden");
  }

  TEST_CASE("bodies from 1 KiB on are compressed, unless the host says no") {  // P1.7, C019
    struct Row {
      std::size_t size;
      bool compress;
      bool is_compressed;
    };
    for (const Row& row : {Row{1023, true, false}, Row{1024, true, true}, Row{90'000, true, true},
                           Row{90'000, false, false}}) {
      CAPTURE(row.size);
      const ScriptedServer server;
      const std::string body = large_text().substr(0, row.size);
      CHECK(open(server, {.compression = row.compress ? Compression::gzip : Compression::none})
                ->send(body)
                .status == 200);
      const auto request = server.requests().at(0);
      CHECK(request.headers.contains("content-encoding") == row.is_compressed);
      CHECK((request.raw_body.size() < body.size()) == row.is_compressed);
      CHECK(request.headers.at("content-length") == std::to_string(request.raw_body.size()));
      CHECK(request.body == body);
    }
  }

  TEST_CASE("one connection serves many requests") {  // P1.10
    const ScriptedServer server;
    const auto transport = open(server);
    const std::string body = large_text();
    for (int i = 0; i < 5; ++i) CHECK(transport->send(i % 2 == 0 ? "{}\n" : body).status == 200);
    CHECK(server.requests().size() == 5);
    CHECK(server.requests().back().connection == 0);
  }

  TEST_CASE("the headers that matter are read whatever their case") {  // P6.2
    const ScriptedServer server(
        {{reply(429, "x-SENTRY-rate-limits: 60:error:key\r\nRETRY-AFTER:  7 \r\n")},
         {reply(200)},
         {reply(200, "X-Sentry-Rate-Limits: 1:error\r\nX-Sentry-Rate-Limits: 2:span\r\n")},
         {"HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n" + reply(201)},
         {reply(200, "X-Sentry-Rate-Limits: " + std::string(9000, '9') + "\r\n")}});
    const auto transport = open(server);
    const auto limited = transport->send("{}\n");
    CHECK(limited.status == 429);
    CHECK(limited.rate_limits == "60:error:key");
    CHECK(limited.retry_after == "7");
    const auto plain = transport->send("{}\n");
    CHECK(plain.rate_limits.empty());
    CHECK(plain.retry_after.empty());
    CHECK(transport->send("{}\n").rate_limits == "1:error,2:span");
    const auto hinted = transport->send("{}\n");
    CHECK(hinted.status == 201);
    CHECK(hinted.retry_after.empty());
    CHECK(transport->send("{}\n").rate_limits.empty());  // beyond reason
  }

  TEST_CASE("whatever an answer's body is, its status counts") {  // C026
    const std::string head = "HTTP/1.1 200 OK\r\n";
    struct Row {
      const char* name;
      Step step;
      int status;
    };
    const std::vector<Row> rows = {
        {"empty", {reply(200, "", "")}, 200},
        {"not JSON", {reply(200, "", "<html>")}, 200},
        {"a megabyte", {reply(200, "", std::string(1U << 20U, 'x'))}, 200},
        {"a megabyte of refusal", {reply(400, "", std::string(1U << 20U, 'x'))}, 400},
        {"shorter than said", {head + "Content-Length: 99\r\n\r\n{", Step::Then::close}, 200},
        {"reset in the middle", {head + "Content-Length: 99\r\n\r\n{", Step::Then::reset}, 200},
        {"until the end of the connection", {head + "\r\n{}", Step::Then::close}, 200},
        {"a redirect is not followed", {reply(302, "Location: /elsewhere\r\n")}, 302},
        {"a redirect to another host", {reply(307, "Location: http://127.0.0.1:9/\r\n")}, 307},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const ScriptedServer server({row.step});
      const auto transport = open(server);
      CHECK(transport->send("{}\n").status == row.status);
      CHECK(server.requests().size() == 1);
      CHECK(transport->send("{}\n").status == 200);
    }
  }

  TEST_CASE("without a complete answer head the reason is told") {  // C025
    for (const Step& step : {Step{"", Step::Then::close}, Step{"", Step::Then::reset},
                             Step{"HTTP/1.1 200 OK\r\nContent-", Step::Then::close},
                             Step{"220 smtp.example ready\r\n", Step::Then::close}}) {
      CAPTURE(step.reply);
      const ScriptedServer server({step});
      const auto transport = open(server);
      const auto response = transport->send("{}\n");
      CHECK(response.status == 0);
      CHECK_FALSE(response.error.empty());
      CHECK(server.requests().size() == 1);
      CHECK(transport->send("{}\n").status == 200);
    }
    const auto refused = open(test::closed_port())->send("{}\n");
    CHECK(refused.status == 0);
    CHECK(refused.error.find("connect") != std::string::npos);
    CHECK(refused.error.find("public") == std::string::npos);
  }

  TEST_CASE("libcurl never repeats a request by itself") {
    // The second request goes over the kept connection, which dies without an answer.
    for (const Step::Then end : {Step::Then::close, Step::Then::reset}) {
      const ScriptedServer server({{reply(200)}, {"", end}});
      const auto transport = open(server);
      CHECK(transport->send("first").status == 200);
      CHECK(transport->send("second").status == 0);
      CHECK(server.requests().size() == 2);
      CHECK(transport->send("third").status == 200);
      CHECK(server.requests().back().body == "third");
    }
  }

  TEST_CASE("a server that never answers costs the request timeout") {
    const ScriptedServer server({{"", Step::Then::hang}});
    const auto response = open(server, {.request_timeout = 30ms})->send("{}\n");
    CHECK(response.status == 0);
    CHECK(response.error.find("timed out") != std::string::npos);
  }

  TEST_CASE("an interrupt ends a request at once, and every later one") {
    const ScriptedServer server({{"", Step::Then::hang}});
    const auto transport = open(server);
    TransportResponse response;
    std::thread sender([&] { response = transport->send("{}\n"); });
    CHECK(server.await_requests(1));
    transport->interrupt();
    sender.join();  // within the 30 s of the request timeout: the test's own limit is below that
    CHECK(response.status == 0);
    CHECK(response.error == "interrupted");
    CHECK(transport->send("{}\n").error == "interrupted");
    CHECK(server.requests().size() == 1);
  }

  TEST_CASE("a proxy gets the request when the host names one") {  // P7.14
    const ScriptedServer proxy;
    HttpOptions options;
    options.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
    const auto dsn = Dsn::parse("http://public@sentry.invalid/42");
    REQUIRE(dsn);
    auto courier = make_http_courier(*dsn, options);
    REQUIRE(courier);
    CHECK(Patient(std::move(*courier)).send("{}\n").status == 200);
    CHECK(proxy.requests().at(0).line == "POST http://sentry.invalid/api/42/envelope/ HTTP/1.1");
  }

  TEST_CASE("sockets are not inherited by programs that the host starts") {
    const ScriptedServer server;
    const auto transport = open(server);
    CHECK(transport->send("{}\n").status == 200);
    int checked = 0;
    for (int fd = 3; fd < 256; ++fd) {
      char target[64] = {};
      const std::string link = "/proc/self/fd/" + std::to_string(fd);
      if (readlink(link.c_str(), target, sizeof target - 1) < 0) continue;
      sockaddr_in peer{};
      socklen_t length = sizeof peer;
      if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) != 0) continue;
      if (peer.sin_family != AF_INET) continue;
      CAPTURE(fd);
      CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
      ++checked;
    }
    CHECK(checked >= 2);  // both ends of the kept connection
  }
}

}  // namespace
}  // namespace picket::transport
