// The HTTP stack of the host under picket's courier.

#include "picket/http_client.hpp"
#include "transport/http_transport.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace picket::transport {
namespace {

using namespace std::chrono_literals;

/// Keeps what it is asked to post, and answers what it was told.
class HostClient final : public HttpClient {
 public:
  HttpResponse post(const HttpRequest& request) override {
    url = request.url;
    headers = request.headers;
    body = request.body;
    if (throws) throw std::runtime_error("the host's stack is out of order");
    return answer;
  }
  void interrupt() noexcept override { interrupted = true; }

  HttpResponse answer{.status = 200};
  bool throws = false;
  bool interrupted = false;
  std::string url{};
  HttpHeaders headers{};
  std::string body{};
};

struct Lent {
  std::shared_ptr<HostClient> client = std::make_shared<HostClient>();
  std::unique_ptr<Courier> courier{};

  explicit Lent(HttpOptions options = {}) {
    options.client = client;
    auto made = make_http_courier(Dsn::parse("https://public@sentry.invalid/42").value(), options);
    REQUIRE(made);
    courier = std::move(*made);
  }

  TransportResponse send(std::string envelope) {
    std::vector<Courier::Arrival> arrivals;
    courier->send(7, std::move(envelope));
    courier->wait(base::deadline_in(10s), arrivals);
    REQUIRE(arrivals.size() == 1);
    CHECK(arrivals[0].flight == 7);
    return arrivals[0].response;
  }
};

TEST_SUITE("transport/http_lent_client") {
  TEST_CASE("it posts what libcurl would") {  // C015 to C019
    Lent lent;
    CHECK(lent.courier->capacity() == 1);
    CHECK(lent.send("{}\n").status == 200);
    CHECK(lent.client->url == "https://sentry.invalid/api/42/envelope/");
    CHECK(lent.client->body == "{}\n");
    const HttpHeaders plain = {
        {"Content-Type", "application/x-sentry-envelope"},
        {"X-Sentry-Auth",
         "Sentry sentry_version=7, sentry_client=picket.cpp/0.1.0, sentry_key=public"},
        {"User-Agent", "picket.cpp/0.1.0"}};
    CHECK(lent.client->headers == plain);
    for (const auto& [compression, name] :
         {std::pair{Compression::gzip, "gzip"}, std::pair{Compression::zstd, "zstd"}}) {
      Lent packing({.compression = compression});
      CHECK(packing.send(std::string(5000, 'x')).status == 200);
      CHECK(packing.client->body.size() < 500);
      REQUIRE(packing.client->headers.size() == 4);
      CHECK(packing.client->headers.back() ==
            std::pair<std::string, std::string>{"Content-Encoding", name});
    }
    Lent tunnelled({.tunnel = "http://127.0.0.1/tunnel?x=1"});
    CHECK(tunnelled.send("{}\n").status == 200);
    CHECK(tunnelled.client->url == "http://127.0.0.1/tunnel?x=1");
    CHECK(tunnelled.client->headers.size() == 2);
  }

  TEST_CASE("its answer is read whatever the case of the headers") {  // P6.2
    Lent lent;
    lent.client->answer = {.status = 429,
                           .headers = {{"retry-AFTER", " 7"},
                                       {"x-sentry-rate-limits", "1:error"},
                                       {"X-Sentry-Rate-Limits", "2:span"},
                                       {"Date", "today"}}};
    const TransportResponse response = lent.send("{}\n");
    CHECK(response.status == 429);
    CHECK(response.retry_after == "7");
    CHECK(response.rate_limits == "1:error,2:span");
  }

  TEST_CASE("no answer, nonsense and exceptions are network errors") {
    Lent lent;
    lent.client->answer = {.status = 0, .error = "no route"};
    CHECK(lent.send("{}\n").error == "no route");
    lent.client->answer = {.status = -5};
    CHECK(lent.send("{}\n").status == 0);
    lent.client->throws = true;
    const TransportResponse thrown = lent.send("{}\n");
    CHECK(thrown.status == 0);
    CHECK_FALSE(thrown.error.empty());
    lent.client->throws = false;
    lent.client->answer = {.status = 202};
    CHECK(lent.send("{}\n").status == 202);
  }

  TEST_CASE("an interrupt reaches it, and nothing is posted after") {
    Lent lent;
    lent.courier->interrupt();
    CHECK(lent.client->interrupted);
    CHECK(lent.send("{}\n").status == 0);
    CHECK(lent.client->url.empty());
  }
}

}  // namespace
}  // namespace picket::transport
