// The courier against the programs that stand between it and a server in real life: nginx with TLS,
// HTTP/2 and client certificates, an HTTP proxy, a SOCKS proxy. `tools/setup.sh` installs them.

#include "support/child_process.hpp"
#include "support/scoped_env.hpp"
#include "support/scripted_server.hpp"
#include "support/web_programs.hpp"
#include "transport/http_transport.hpp"
#include "unit/transport/courier_steps.hpp"
#include "unit/transport/voice.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace picket::transport {
namespace {

using namespace std::chrono_literals;
using test::HttpProxy;
using test::Nginx;
using test::reply;
using test::ScriptedServer;
using test::SocksProxy;
using test::Step;

/// One authority and its children for all tests: making keys takes time.
const test::Certificates& certificates() {
  static const test::Certificates made;
  return made;
}

std::unique_ptr<Courier> open(const std::string& url, HttpOptions options = {}) {
  const std::size_t host = url.find("://") + 3;
  const auto dsn = Dsn::parse(url.substr(0, host) + "key@" + url.substr(host) + "/42");
  REQUIRE(dsn);
  auto made = make_http_courier(*dsn, options);
  REQUIRE(made);
  return std::move(*made);
}

HttpOptions trusting(HttpOptions options = {}) {
  options.ca_certs = certificates().authority();
  return options;
}

TransportResponse send_one(Courier& courier, const std::string& envelope = "{}\n") {
  courier.send(1, envelope);
  return await(courier, 1).at(1);
}

TransportResponse send_one(const std::string& url, const HttpOptions& options) {
  return send_one(*open(url, options));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string plain(const ScriptedServer& server) {
  return "http://127.0.0.1:" + std::to_string(server.port());
}

TEST_SUITE("transport/http_programs") {
  TEST_CASE("with HTTP/2 slow answers are waited for together over one connection") {
    const Step together{reply(200), Step::Then::keep, {}, 4};
    const ScriptedServer origin({together, together, together, together});
    const Nginx nginx(certificates(), {.origin_port = origin.port()});
    const auto courier = open(nginx.url(), trusting());
    for (Courier::FlightId id = 1; id <= 4; ++id) courier->send(id, std::string(20'000, 'x'));
    for (const auto& [id, response] : await(*courier, 4)) CHECK(response.status == 200);
    const auto lines = nginx.await_access(4);
    REQUIRE(lines.size() == 4);
    std::set<std::string> connections;
    for (const auto& line : lines) {
      CHECK(line.protocol == "HTTP/2.0");
      connections.insert(line.connection);
    }
    CHECK(connections.size() == 1);
  }

  TEST_CASE("without HTTP/2, here or there, each takes a connection") {
    for (const bool here : {true, false}) {
      CAPTURE(here);
      const Step together{reply(200), Step::Then::keep, {}, 3};
      const ScriptedServer origin({together, together, together});
      const Nginx nginx(certificates(), {.origin_port = origin.port(), .http2 = !here});
      const auto courier = open(nginx.url(), trusting({.http2 = here}));
      for (Courier::FlightId id = 1; id <= 3; ++id) courier->send(id, "{}\n");
      for (const auto& [id, response] : await(*courier, 3)) CHECK(response.status == 200);
      std::set<std::string> connections;
      for (const auto& line : nginx.await_access(3)) {
        CHECK(line.protocol == "HTTP/1.1");
        connections.insert(line.connection);
      }
      CHECK(connections.size() == 3);
    }
  }

  TEST_CASE("headers and status come over HTTP/2 as they do over HTTP/1.1") {  // P6.2
    const ScriptedServer origin(
        {{reply(429, "X-Sentry-Rate-Limits: 60:error:key\r\nRetry-After: 7\r\n")},
         {reply(302, "Location: /elsewhere\r\n")}});
    const Nginx nginx(certificates(), {.origin_port = origin.port()});
    const auto courier = open(nginx.url(), trusting());
    const TransportResponse limited = send_one(*courier);
    CHECK(limited.status == 429);
    CHECK(limited.rate_limits == "60:error:key");
    CHECK(limited.retry_after == "7");
    CHECK(send_one(*courier).status == 302);
    CHECK(origin.requests().size() == 2);
    CHECK(origin.requests()[0].headers.at("x-sentry-auth").find("sentry_key=key") !=
          std::string::npos);
  }

  TEST_CASE("a client certificate is shown, and its absence told") {
    const ScriptedServer origin;
    const Nginx nginx(certificates(), {.origin_port = origin.port(), .verify_client = true});
    const auto good =
        send_one(nginx.url(), trusting({.client_certificate = certificates().client_certificate(),
                                        .client_key = certificates().client_key()}));
    CHECK(good.status == 200);
    CHECK(send_one(nginx.url(), trusting({.client_certificate = certificates().client_both()}))
              .status == 200);
    CHECK(origin.requests().size() == 2);
    const Voice voice(Level::debug);
    CHECK(send_one(nginx.url(), trusting()).status == 400);
    CHECK(voice.said("No required SSL certificate was sent"));  // nginx says why
    CHECK(nginx.await_access(3).back().client == "NONE");
    CHECK(origin.requests().size() == 2);
  }

  TEST_CASE("a key that is of no use fails at once, and asks nobody for a password") {
    const Nginx nginx(certificates(), {.verify_client = true});
    for (const std::string& key : {certificates().encrypted_key(), certificates().authority()}) {
      CAPTURE(key);
      const auto response = send_one(
          nginx.url(),
          trusting({.client_certificate = certificates().client_certificate(), .client_key = key}));
      CHECK(response.status == 0);
      CAPTURE(response.error);
      CHECK(contains(response.error, "private key"));
    }
  }

  TEST_CASE("servers that cannot be trusted get nothing") {  // C173
    const ScriptedServer origin;
    const Nginx nginx(certificates(), {.origin_port = origin.port()});
    struct Row {
      const char* name;
      std::string url;
      HttpOptions options;
    };
    const test::Certificates others;
    for (const Row& row : {Row{"another authority", nginx.url(), {.ca_certs = others.authority()}},
                           Row{"the system's", nginx.url(), {}},
                           Row{"the certificate of a client",
                               nginx.url(),
                               {.ca_certs = certificates().client_certificate()}}}) {
      CAPTURE(row.name);
      const auto response = send_one(row.url, row.options);
      CHECK(response.status == 0);
      CAPTURE(response.error);
      CHECK(contains(response.error, "certificate"));
    }
    const Nginx stranger(certificates(),
                         {.origin_port = origin.port(), .certificate_for = "elsewhere"});
    const auto response = send_one(stranger.url(), trusting());
    CHECK(response.status == 0);
    CAPTURE(response.error);
    CHECK(contains(response.error, "127.0.0.1"));
    CHECK(origin.requests().empty());
  }

  TEST_CASE("SSL_CERT_FILE is trusted, and one that is gone trusts nobody") {
    const ScriptedServer origin;
    const Nginx nginx(certificates(), {.origin_port = origin.port()});
    const tests::ScopedEnv no_folder("SSL_CERT_DIR", "");
    {
      const tests::ScopedEnv file("SSL_CERT_FILE", certificates().authority().c_str());
      CHECK(send_one(nginx.url(), {}).status == 200);
    }
    const tests::ScopedEnv gone("SSL_CERT_FILE", "/none.pem");
    const Voice voice(Level::warning);
    const auto response = send_one(nginx.url(), {});
    CHECK(response.status == 0);
    CAPTURE(response.error);
    CHECK(contains(response.error, "/none.pem"));
  }

  TEST_CASE("a server that knows only TLS 1.1 is refused") {
    const Nginx nginx(certificates(), {.tls = "TLSv1.1"});
    const test::ScratchFolder folder;
    test::ChildProcess old_client(
        {"openssl", "s_client", "-connect", "127.0.0.1:" + std::to_string(nginx.port()), "-tls1_1",
         "-cipher", "DEFAULT@SECLEVEL=0"},
        folder.path("output"));
    REQUIRE(old_client.wait() == 0);  // it does speak with those who let it
    const auto response = send_one(nginx.url(), trusting());
    CHECK(response.status == 0);
    CAPTURE(response.error);
    CHECK(contains(response.error, "protocol version"));
  }

  TEST_CASE("an HTTP proxy carries requests, and tunnels those with TLS") {  // P7.14, C173
    const ScriptedServer origin;
    const Nginx nginx(certificates(), {.origin_port = origin.port()});
    const HttpProxy proxy;
    CHECK(send_one(plain(origin), {.proxy = proxy.url()}).status == 200);
    CHECK(proxy.saw("POST " + plain(origin) + "/api/42/envelope/"));
    CHECK(send_one(nginx.url(), trusting({.proxy = proxy.url()})).status == 200);
    CHECK(proxy.saw("CONNECT 127.0.0.1:" + std::to_string(nginx.port())));
    CHECK(nginx.await_access(1).at(0).protocol == "HTTP/2.0");
    const tests::ScopedEnv from_outside("https_proxy", proxy.url().c_str());
    const Nginx other(certificates(), {.origin_port = origin.port()});
    CHECK(send_one(other.url(), trusting()).status == 200);
    CHECK(proxy.saw("CONNECT 127.0.0.1:" + std::to_string(other.port())));
  }

  TEST_CASE("hosts that are named are reached without the proxy") {  // P7.14
    const ScriptedServer origin;
    const std::string proxy = "http://127.0.0.1:" + std::to_string(test::closed_port());
    CHECK(send_one(plain(origin), {.proxy = proxy}).status == 0);
    CHECK(send_one(plain(origin), {.proxy = proxy, .no_proxy = "a.invalid,127.0.0.1"}).status ==
          200);
    CHECK(send_one(plain(origin), {.proxy = proxy, .no_proxy = "a.invalid"}).status == 0);
    const tests::ScopedEnv everywhere("no_proxy", "*");
    CHECK(send_one(plain(origin), {.proxy = proxy}).status == 200);
    const tests::ScopedEnv variable("http_proxy", proxy.c_str());
    CHECK(send_one(plain(origin), {}).status == 200);
    CHECK(send_one(plain(origin), {.no_proxy = "a.invalid"}).status == 0);
  }

  TEST_CASE("a proxy's password is used, and never told") {  // P7.14
    const ScriptedServer origin;
    const HttpProxy proxy("ann:s3cret");
    CHECK(send_one(plain(origin), {.proxy = proxy.url("ann:s3cret")}).status == 200);
    CHECK(send_one(plain(origin), {.proxy = proxy.url("ann:wr0ng")}).status == 401);
    const Nginx nginx(certificates(), {.origin_port = origin.port()});
    const auto refused = send_one(nginx.url(), trusting({.proxy = proxy.url("ann:wr0ng")}));
    CHECK(refused.status == 0);
    CHECK(contains(refused.error, "401"));
    CHECK_FALSE(contains(refused.error, "wr0ng"));
    for (const std::string broken : {"http://ann:wr0ng@127.0.0.1:notaport", "ann:wr0ng@[::1",
                                     "http://ann:wr0ng@proxy.invalid:1"}) {
      CAPTURE(broken);
      const auto response = send_one(plain(origin), {.proxy = broken});
      CHECK(response.status == 0);
      CAPTURE(response.error);
      CHECK_FALSE(contains(response.error, "wr0ng"));
    }
    CHECK(origin.requests().size() == 1);
  }

  TEST_CASE("a SOCKS proxy carries requests, with names and passwords") {  // P7.14
    const ScriptedServer origin;
    const std::string port = std::to_string(origin.port());
    const SocksProxy proxy("ann:s3cret");
    CHECK(send_one(plain(origin), {.proxy = proxy.url("socks5", "ann:s3cret")}).status == 200);
    CHECK(proxy.saw("connected to 127.0.0.1:" + port));
    CHECK(send_one("http://localhost:" + port, {.proxy = proxy.url("socks5h", "ann:s3cret")})
              .status == 200);
    CHECK(proxy.saw("connected to localhost:" + port));  // the name was looked up there
    const auto refused = send_one(plain(origin), {.proxy = proxy.url("socks5", "ann:wr0ng")});
    CHECK(refused.status == 0);
    CHECK_FALSE(contains(refused.error, "wr0ng"));
    const tests::ScopedEnv all("ALL_PROXY", proxy.url("socks5h", "ann:s3cret").c_str());
    CHECK(send_one("http://localhost:" + port, {}).status == 200);
    CHECK(origin.requests().size() == 3);
  }

  TEST_CASE("nginx ends a connection after some requests, and nothing is lost or doubled") {
    const ScriptedServer origin;
    const Nginx nginx(certificates(), {.origin_port = origin.port(), .requests_per_connection = 5});
    const auto courier = open(nginx.url(), trusting());
    for (int i = 0; i < 20; ++i) CHECK(send_one(*courier, std::to_string(i)).status == 200);
    CHECK(origin.requests().size() == 20);
  }

  TEST_CASE("requests that meet the end of a connection fail or arrive, never both") {
    const ScriptedServer origin;
    const Nginx nginx(certificates(), {.origin_port = origin.port(), .requests_per_connection = 5});
    const auto courier = open(nginx.url(), trusting());
    std::multiset<std::string> succeeded, arrived;
    for (std::size_t round = 0; round < 10; ++round) {
      for (Courier::FlightId id = 1; id <= 4; ++id)
        courier->send(id, std::to_string(round * 4 + id));
      for (const auto& [id, response] : await(*courier, 4)) {
        if (response.status == 200) succeeded.insert(std::to_string(round * 4 + id));
      }
    }
    for (const auto& request : origin.requests()) arrived.insert(request.body);
    CHECK(succeeded == arrived);
    CHECK(succeeded.size() >= 10);
  }
}

}  // namespace
}  // namespace picket::transport
