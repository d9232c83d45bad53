// From a capture through the programs that stand between a service and Sentry, to the ingest server
// that judges what arrives: the options of HTTP as a host sets them.

#include "ingest/server.hpp"
#include "picket/picket.hpp"
#include "support/web_programs.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace picket {
namespace {

using namespace std::chrono_literals;
using ingest::IngestServer;

/// The ingest server behind nginx, with TLS and HTTP/2.
struct Site {
  explicit Site(test::NginxOptions nginx_options = {}) {
    nginx_options.origin_port = server->port();
    nginx = std::make_unique<test::Nginx>(certificates, nginx_options);
  }

  /// A client that sends there.
  [[nodiscard]] Options options() const {
    Options options;
    options.dsn = nginx->url().insert(8, "deadbeefdeadbeefdeadbeefdeadbeef@") + "/42";
    options.ca_certs = certificates.authority();
    options.max_attempts = 1;
    options.logger = [](Level, std::string_view) {};
    return options;
  }

  test::Certificates certificates{};
  std::unique_ptr<IngestServer> server = IngestServer::start({}).value();
  std::unique_ptr<test::Nginx> nginx{};
};

/// Captures so many messages, and waits until they have been judged.
void capture_and_check(const Options& options, IngestServer& server, std::size_t count) {
  const Guard guard = init(options);
  REQUIRE(is_initialized());
  const std::string padding(2000, 'x');  // worth compressing
  for (std::size_t i = 0; i < count; ++i) capture_message(std::to_string(i) + padding);
  CHECK(flush(20s));
  CHECK(server.received().events().size() == count);
  CHECK(server.received().complaints() == "");
  CHECK(server.received().duplicate_count() == 0);
  CHECK(stats().errors().sent == count);
}

/// An HTTP stack as a host may have one: it answers everything.
class CountingClient final : public HttpClient {
 public:
  HttpResponse post(const HttpRequest& request) override {
    if (request.url == "https://sentry.invalid/api/1/envelope/") ++posted;
    return {.status = 200};
  }
  std::atomic<int> posted{0};
};

TEST_SUITE("scenario/http") {
  TEST_CASE("events come through HTTP/2, TLS and every compression, over one connection") {
    for (const Compression compression :
         {Compression::none, Compression::gzip, Compression::zstd}) {
      Site site;
      Options options = site.options();
      options.compression = compression;
      capture_and_check(options, *site.server, 20);
      std::set<std::string> connections;
      for (const auto& line : site.nginx->await_access(20)) {
        CHECK(line.protocol == "HTTP/2.0");
        connections.insert(line.connection);
      }
      CHECK(connections.size() == 1);
    }
  }

  TEST_CASE("a server that asks who it is gets the client certificate") {
    Site site({.verify_client = true});
    Options options = site.options();
    options.client_certificate = site.certificates.client_certificate();
    options.client_key = site.certificates.client_key();
    options.http2 = false;
    capture_and_check(options, *site.server, 3);
    CHECK(site.nginx->await_access(3).at(0).client == "SUCCESS");
    CHECK(site.nginx->await_access(3).at(0).protocol == "HTTP/1.1");
  }

  TEST_CASE("nginx, which ends a connection now and then, costs nothing") {
    Site site({.requests_per_connection = 7});
    Options options = site.options();
    options.max_attempts = 5;
    options.retry_backoff = 1ms;
    capture_and_check(options, *site.server, 60);
  }

  TEST_CASE("envelopes take the proxy, and the tunnel") {  // P7.14, C172
    Site site;
    const test::HttpProxy proxy;
    Options options = site.options();
    options.proxy = proxy.url();
    options.tunnel = site.nginx->url() + "/api/42/envelope/?tunnelled";
    options.dsn = "https://deadbeefdeadbeefdeadbeefdeadbeef@sentry.invalid/42";
    {
      const Guard guard = init(options);
      capture_message("through the tunnel");
      CHECK(flush(20s));
    }
    const auto lines = site.nginx->await_access(1);
    CHECK(site.server->received().events().size() == 1);  // by the DSN in the envelope's head
    CHECK(lines.at(0).path == "/api/42/envelope/?tunnelled");
    CHECK(proxy.saw("CONNECT 127.0.0.1:" + std::to_string(site.nginx->port())));
  }

  TEST_CASE("a host's own HTTP client carries everything") {
    const auto client = std::make_shared<CountingClient>();
    Options options;
    options.dsn = "https://key@sentry.invalid/1";
    options.http_client = client;
    const Guard guard = init(options);
    for (int i = 0; i < 3; ++i) capture_message(std::to_string(i));
    CHECK(flush(20s));
    CHECK(client->posted == 3);
    CHECK(stats().errors().sent == 3);
  }

  TEST_CASE("a certificate that cannot be read turns picket off, and the host is told") {
    std::atomic<int> told{0};
    Options options;
    options.dsn = "https://key@sentry.invalid/1";
    options.client_certificate = "/none.pem";
    options.debug = true;
    options.logger = [&](Level, std::string_view line) {
      if (line.find("Options::client_certificate names /none.pem") != std::string_view::npos)
        ++told;
    };
    const Guard guard = init(options);
    CHECK(told == 1);
    CHECK(capture_message("x").is_nil());
  }
}

}  // namespace
}  // namespace picket
