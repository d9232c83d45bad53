// Requests that no HTTP library would send.

#include "ingest/client.hpp"

#include <doctest/doctest.h>

#include <thread>

namespace picket::ingest::tests {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<IngestServer> start() {
  auto server = IngestServer::start({});
  REQUIRE(server);
  return std::move(*server);
}

TEST_SUITE("ingest/wire") {
  TEST_CASE("no content type at all is fine") {  // P1.6
    const auto server = start();
    const Conversation heard =
        talk(*server, raw_request(event_envelope(), "Connection: close\r\n"));
    CHECK(heard.bytes.find("HTTP/1.1 200") == 0);
    CHECK(heard.end == End::closed);
    CHECK(find_header(server->received().all()[0]->request_headers, "Content-Type").empty());
  }

  TEST_CASE("a client that asks first is told to go on") {
    const auto server = start();
    const Conversation heard = talk(
        *server, raw_request(event_envelope(), "Expect: 100-continue\r\nConnection: close\r\n"));
    CHECK(heard.bytes.find("HTTP/1.1 100 Continue") == 0);
    CHECK(heard.bytes.find("HTTP/1.1 200") != std::string::npos);
  }

  TEST_CASE("a request that never ends does not keep the server from stopping") {
    const auto server = start();
    Conversation heard;
    std::string unfinished = raw_request(event_envelope());
    unfinished.resize(unfinished.size() - 10);
    std::thread client([&] { heard = talk(*server, unfinished, 60s); });
    CHECK(Client(*server).post(event_envelope(2)).status == 200);
    server->stop();
    client.join();
    CHECK(heard.bytes.find("HTTP/1.1 200") == std::string::npos);
  }

  TEST_CASE("a request whose client goes in the middle of it was never one") {
    const auto server = start();
    std::string unfinished = raw_request(event_envelope());
    unfinished.resize(unfinished.size() - 10);
    CHECK(talk(*server, unfinished, 1ms).end == End::open);  // the client was the one that went
    CHECK(Client(*server).post(event_envelope(2)).status == 200);
    server->stop();
    CHECK(server->received().request_count() == 1);
    CHECK(server->received().complaints() == "");
  }
}

}  // namespace
}  // namespace picket::ingest::tests
