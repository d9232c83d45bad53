// Faults that are made of time, size and broken connections, as a bare socket sees them.

#include "ingest/client.hpp"
#include "ingest/fault.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <thread>

namespace picket::ingest::tests {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMore = 24u << 20;  // than the kernel keeps for a server that does not read

std::unique_ptr<IngestServer> start(std::initializer_list<const char*> faults, bool https = false) {
  IngestOptions options;
  options.https = https;
  for (const char* text : faults) {
    const auto fault = Fault::parse(text);
    REQUIRE_MESSAGE(fault, text);
    options.faults.push_back(*fault);
  }
  auto server = IngestServer::start(std::move(options));
  REQUIRE(server);
  return std::move(*server);
}

std::string large_envelope() {
  return event_envelope() + R"({"type":"attachment","filename":"a","length":)" +
         std::to_string(kMore) + "}\n" + std::string(kMore, 'x') + "\n";
}

TEST_SUITE("ingest/wire_fault") {
  TEST_CASE("a dripping answer comes byte by byte and is whole in the end") {
    const auto server = start({"1:drip,every=1ms,X-A=b"});
    const auto before = Clock::now();
    const Conversation heard = talk(*server, raw_request(event_envelope()));
    CHECK(Clock::now() - before >= (heard.bytes.size() - 1) * 1ms);
    CHECK(heard.pieces > 20);  // a slow reader finds several bytes at once
    CHECK(heard.bytes.find("HTTP/1.1 200") == 0);
    CHECK(heard.bytes.find("\r\nX-A: b\r\n") != std::string::npos);
    CHECK(heard.bytes.ends_with(R"({"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1"})"));
    CHECK(heard.end == End::closed);
    CHECK(server->received().events().size() == 1);
    CHECK(server->received().all()[0]->sent == Sent::all);
  }

  TEST_CASE("a dripping answer is cut at its limit") {
    const auto server = start({"1:drip,every=10ms,limit=60ms"});
    const Conversation heard = talk(*server, raw_request(event_envelope()));
    CHECK(heard.bytes.find("HTTP") == 0);
    CHECK(heard.bytes.size() <= 7);
    CHECK(heard.end == End::closed);
    CHECK(server->received().events().size() == 1);
    CHECK(server->received().all()[0]->sent == Sent::part);
  }

  TEST_CASE("a dripping answer ends when its client goes, or the server stops") {
    auto server = start({"*:drip,every=3s"});
    talk(*server, raw_request(event_envelope()), 1ms);
    std::thread patient([&] { talk(*server, raw_request(event_envelope(2)), 60s); });
    REQUIRE(server->received().wait_for_requests(2, 10s));
    const auto before = Clock::now();
    server->stop();
    CHECK(Clock::now() - before < 2s);
    patient.join();
  }

  TEST_CASE("a stalled body is not read, then its connection is reset") {
    const auto server = start({"1:stall,limit=30ms"});
    const Conversation heard = talk(*server, raw_request(std::string(kMore, 'x')));
    CHECK(heard.sent < kMore);
    CHECK(heard.bytes.empty());
    CHECK(heard.end == End::reset);
    const auto all = server->received().all();
    REQUIRE(all.size() == 1);
    CHECK(all[0]->verdict == Verdict::refused);
    CHECK(all[0]->wire_bytes == 0);
    CHECK(all[0]->sent == Sent::nothing);
    CHECK_FALSE(all[0]->request_headers.empty());
  }

  TEST_CASE("a body that is stalled and processed is taken in without an answer") {
    const auto server = start({"1:stall,limit=30ms,processed"});
    const Conversation heard = talk(*server, raw_request(large_envelope()));
    CHECK(heard.sent > kMore);
    CHECK(heard.bytes.empty());
    CHECK(heard.end == End::reset);
    CHECK(server->received().events().size() == 1);
  }

  TEST_CASE("a server that resumes reads on and answers") {
    const auto server = start({"1:stall,limit=30ms,resume"});
    const auto before = Clock::now();
    CHECK(Client(*server).post(large_envelope()).status == 200);
    CHECK(Clock::now() - before >= 30ms);
    CHECK(server->received().items("attachment").size() == 1);
  }

  TEST_CASE("a stall for good ends when the server stops") {
    const auto server = start({"1:stall"});
    Conversation heard;
    std::thread client([&] { heard = talk(*server, raw_request(std::string(kMore, 'x')), 60s); });
    REQUIRE(server->received().wait_for_requests(1, 10s));
    server->stop();
    client.join();
    CHECK(heard.end != End::open);
  }

  TEST_CASE("a huge answer goes on up to its size or time") {
    const auto server = start({"1:huge,size=300000", "2:huge,limit=20ms", "3:huge-head,size=300000",
                               "4:huge-head,limit=20ms"});
    const std::string request = raw_request(event_envelope());
    const Conversation body = talk(*server, request);
    const std::size_t head = body.bytes.find("\r\n\r\n") + 4;
    CHECK(body.bytes.find("HTTP/1.1 200") == 0);
    CHECK(body.bytes.find("Content-Length") == std::string::npos);
    CHECK(body.bytes.size() == head + 1 + 300'000);
    CHECK(body.end == End::closed);

    const Conversation endless = talk(*server, request);
    CHECK(endless.bytes.size() > 300'000);
    CHECK(endless.end != End::open);

    const Conversation headers = talk(*server, request);
    CHECK(headers.bytes.size() > 300'000);
    CHECK(headers.bytes.find("\r\nX-Filler: xxx") != std::string::npos);
    CHECK(headers.bytes.find("\r\n\r\n") == std::string::npos);
    CHECK(headers.end == End::closed);
    CHECK(talk(*server, request).bytes.size() > 300'000);
    CHECK(server->received().deliveries_by_id().begin()->second == 4);
  }

  TEST_CASE("a connection is dropped before a byte of it was read") {
    const auto server = start({"1-2:drop", "3:503"});
    const Conversation silent = talk(*server, "");
    CHECK(silent.end == End::closed);
    const Conversation eager = talk(*server, raw_request(event_envelope()));
    CHECK(eager.end != End::open);
    CHECK(eager.bytes.empty());
    CHECK(server->received().request_count() == 0);
    CHECK(server->connection_count() == 2);

    Client client(*server);  // requests are counted apart from connections
    for (const int status : {200, 200, 503, 200}) {
      CHECK(client.post(event_envelope()).status == status);
    }
    CHECK(server->connection_count() == 3);
  }

  TEST_CASE("other connections live on when one is dropped") {
    const auto server = start({"2:drop", "4:drop"});
    Client first(*server);
    CHECK(first.post(event_envelope(1)).status == 200);
    CHECK(talk(*server, "").end == End::closed);
    Client third(*server);
    CHECK(third.post(event_envelope(2)).status == 200);
    CHECK(talk(*server, "").end == End::closed);
    CHECK(first.post(event_envelope(3)).status == 200);
    CHECK(third.post(event_envelope(4)).status == 200);
    CHECK(server->connection_count() == 4);
  }

  TEST_CASE("it is the new connection that is dropped, whatever its descriptor") {
    int low[8];
    for (int& fd : low) fd = ::dup(STDERR_FILENO);
    const auto server = start({"3:drop"});
    Client first(*server), second(*server);
    CHECK(first.post(event_envelope(1)).status == 200);
    for (const int fd : low) ::close(fd);
    // The kernel chooses a descriptor when the server begins to wait: the low ones are for the
    // third.
    CHECK(second.post(event_envelope(2)).status == 200);
    CHECK(talk(*server, "").end == End::closed);
    CHECK(first.post(event_envelope(3)).status == 200);
    CHECK(second.post(event_envelope(4)).status == 200);
    CHECK(server->connection_count() == 3);
  }

  TEST_CASE("a TLS handshake breaks off, the next one works") {
    const auto server = start({"1:tls", "2:drop"}, true);
    for (int i = 0; i < 2; ++i) {
      const Answer broken = Client(*server).post(event_envelope());
      CHECK(broken.status == 0);
      CHECK(broken.error == "SSLConnection");
    }
    CHECK(server->received().request_count() == 0);
    CHECK(Client(*server).post(event_envelope()).status == 200);
    CHECK(server->connection_count() == 3);
  }

  TEST_CASE("without TLS there is no handshake to break") {
    const auto server = start({"1:tls"});
    CHECK(Client(*server).post(event_envelope()).status == 200);
  }

  TEST_CASE("over TLS an answer drips and is huge as well") {
    const auto server = start({"1:drip,every=1ms", "2:huge,size=100000", "3:huge-head,size=50000",
                               "4:garbage", "5:stall,limit=10ms"},
                              true);
    const Answer dripped = Client(*server).post(event_envelope());
    CHECK(dripped.status == 200);
    CHECK(dripped.body == R"({"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1"})");
    const Answer huge = Client(*server).post(event_envelope());
    CHECK(huge.body.size() == 100'001);
    for (int i = 0; i < 3; ++i) CHECK(Client(*server).post(event_envelope()).status == 0);
    CHECK(server->received().deliveries_by_id().begin()->second == 3);
  }
}

}  // namespace
}  // namespace picket::ingest::tests
