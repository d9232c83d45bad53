#include "ingest/server.hpp"
#include "ingest/client.hpp"
#include "picket/dsn.hpp"
#include "picket/json.hpp"

#include <doctest/doctest.h>

#include <thread>

namespace picket::ingest::tests {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<IngestServer> start(IngestOptions options = {}) {
  auto server = IngestServer::start(std::move(options));
  REQUIRE(server);
  return std::move(*server);
}

TEST_SUITE("ingest/server") {
  TEST_CASE("every genuine envelope is accepted in every encoding") {  // P1.7, S9.5
    const auto server = start();
    Client client(*server);
    const auto samples = reference_envelopes();
    REQUIRE(samples.size() >= 20);
    struct Row {
      const char* name;
      std::string (*encode)(std::string_view);
    };
    for (const Row& row :
         {Row{"", [](std::string_view bytes) { return std::string(bytes); }}, Row{"gzip", gzip},
          Row{"x-gzip", gzip}, Row{"deflate", deflate}, Row{"zstd", zstd}, Row{"GZIP", gzip}}) {
      for (const Sample& sample : samples) {
        CAPTURE(row.name);
        CAPTURE(sample.name);
        Headers headers;
        if (*row.name != '\0') headers.emplace_back("Content-Encoding", row.name);
        const Answer answer = client.post(row.encode(sample.bytes), headers);
        CHECK_MESSAGE(answer.status == 200, answer.body);
        CHECK(server->received().all().back()->raw == sample.bytes);
      }
    }
    CHECK(server->connection_count() == 1);  // kept alive throughout
  }

  TEST_CASE("an answer names the event, or nothing when there is none") {  // P1.8
    const auto server = start();
    Client client(*server);
    CHECK(client.post(event_envelope(7)).body == R"({"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa7"})");
    const Answer report =
        client.post("{}\n{\"type\":\"client_report\"}\n{\"discarded_events\":[]}\n");
    CHECK(report.status == 200);
    CHECK(report.body == "{}");
    CHECK(report.header("content-type") == "application/json");
  }

  TEST_CASE("a chunked request is as good as one with a length") {
    const auto server = start();
    Client client(*server);
    CHECK(client.post_chunked(event_envelope()).status == 200);
    CHECK(server->received().events().size() == 1);
  }

  TEST_CASE("the content type does not matter") {  // P1.6
    const auto server = start();
    Client client(*server);
    for (const char* type : {"application/x-sentry-envelope", "text/plain", "multipart/form-data",
                             "application/x-www-form-urlencoded", "application/json"}) {
      CAPTURE(type);
      CHECK(client.post(event_envelope(), {{"Content-Type", type}}).status == 200);
      CHECK(find_header(server->received().all().back()->request_headers, "content-type") == type);
    }
    const Conversation bare = talk(*server, raw_request(event_envelope(), "Connection: close\r\n"));
    CHECK(bare.bytes.substr(0, 15) == "HTTP/1.1 200 OK");
  }

  TEST_CASE("the store endpoint takes one bare event") {  // P1.4
    const auto server = start();
    Client client(*server);
    const std::string event =
        R"({"event_id":"0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2b","timestamp":1772366400,"platform":"native"})";
    const Answer answer =
        client.post(gzip(event), {{"Content-Encoding", "gzip"}}, "/api/42/store/");
    CHECK(answer.body == R"({"id":"0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2b"})");
    REQUIRE(server->received().events().size() == 1);
    CHECK(server->received().all()[0]->endpoint == "store");
    CHECK(client.post("{", {}, "/api/42/store/").status == 400);
  }

  TEST_CASE("other paths and methods are told apart") {
    const auto server = start();
    Client client(*server);
    CHECK(client.post(event_envelope(), {}, "/api/42/envelope").status == 404);
    CHECK(client.post(event_envelope(), {}, "/api/42/minidump/").status == 404);
    CHECK(client.post(event_envelope(), {}, "/").status == 404);
    CHECK(client.get("/api/42/envelope/").status == 405);
    CHECK(client.post(event_envelope(), {}, "/api/43/envelope/").status == 403);
    CHECK(server->received().request_count() == 1);  // the last one reached the endpoint
  }

  TEST_CASE("a path prefix belongs to the DSN and to the endpoint") {  // P1.1
    const auto server = start({.path_prefix = "/mount/sub"});
    const auto dsn = Dsn::parse(server->dsn());
    REQUIRE(dsn);
    CHECK(dsn->envelope_url() == server->url() + "/mount/sub/api/42/envelope/");
    Client client(*server);
    CHECK(client.post(event_envelope(), {}, "/mount/sub/api/42/envelope/").status == 200);
    CHECK(client.post(event_envelope(), {}, "/api/42/envelope/").status == 404);
  }

  TEST_CASE("sizes count after decompression") {  // P1.11
    IngestOptions options;
    options.limits.envelope = 100'000;
    options.limits.event = 1'000;
    const auto server = start(options);
    Client client(*server);
    const std::string spaces(5'000'000, ' ');
    for (const auto& bomb :
         {std::pair("gzip", gzip(spaces)), {"deflate", deflate(spaces)}, {"zstd", zstd(spaces)}}) {
      CAPTURE(bomb.first);
      CHECK(bomb.second.size() < 100'000);
      CHECK(client.post(bomb.second, {{"Content-Encoding", bomb.first}}).status == 413);
    }
    CHECK(client.post(std::string(2'000'000, ' ')).status == 413);
    std::string large = event_envelope();
    large.insert(large.find("disk full"), std::string(1'000, 'x'));
    const Answer answer = client.post(large);
    CHECK(answer.status == 413);
    CHECK(answer.body.find("the limit is 1000") != std::string::npos);
    CHECK(client.post(event_envelope()).status == 200);  // on the same connection
    CHECK(server->connection_count() == 1);
  }

  TEST_CASE("unknown and broken encodings are refused") {  // P1.7
    const auto server = start();
    Client client(*server);
    const std::string good = event_envelope();
    CHECK(client.post(good, {{"Content-Encoding", "compress"}}).status == 400);
    for (const char* encoding : {"gzip", "deflate", "zstd"}) {
      CAPTURE(encoding);
      CHECK(client.post(good, {{"Content-Encoding", encoding}}).status == 400);
    }
    const std::string packed = gzip(good);
    CHECK(client.post(packed.substr(0, packed.size() / 2), {{"Content-Encoding", "gzip"}}).status ==
          400);
    const std::string frame = zstd(good);
    CHECK(client.post(frame.substr(0, frame.size() / 2), {{"Content-Encoding", "zstd"}}).status ==
          400);
    CHECK(server->received().accepted().empty());
  }

  TEST_CASE("over TLS only a client that trusts the certificate gets through") {
    const auto server = start({.https = true});
    CHECK(server->dsn().substr(0, 8) == "https://");
    Client client(*server);
    CHECK(client.post(event_envelope()).status == 200);
    Client stranger(*server);
    stranger.trust(false);
    CHECK(stranger.post(event_envelope(2)).status == 0);
    CHECK(server->received().events().size() == 1);
  }

  TEST_CASE("eight clients at once lose nothing") {
    const auto server = start();
    constexpr int kClients = 8, kEach = 25;
    std::vector<std::thread> threads;
    for (int i = 0; i < kClients; ++i) {
      threads.emplace_back([&, i] {
        Client client(*server);
        for (int k = 0; k < kEach; ++k) client.post(event_envelope(i * kEach + k));
      });
    }
    CHECK(server->received().wait_for_events(kClients * kEach, 30s));
    for (std::thread& thread : threads) thread.join();
    CHECK(server->received().request_count() == kClients * kEach);
    CHECK(server->received().duplicate_count() == 0);
    CHECK(server->connection_count() == kClients);
  }

  TEST_CASE("a taken port and a bad key are errors that name the fix") {
    const auto first = start();
    const auto second = IngestServer::start({.port = first->port()});
    REQUIRE_FALSE(second);
    CHECK(second.error().code == Errc::unavailable);
    CHECK(second.error().message.find("choose another") != std::string::npos);
    const auto bad = IngestServer::start({.public_key = "a@b/c"});
    REQUIRE_FALSE(bad);
    CHECK(bad.error().code == Errc::invalid_argument);
  }

  TEST_CASE("stopping frees the port and keeps what was received") {
    auto server = start();
    const std::uint16_t port = server->port();
    { CHECK(Client(*server).post(event_envelope()).status == 200); }
    server->stop();
    server->stop();
    CHECK(server->received().events().size() == 1);
    const auto again = start({.port = port});
    CHECK(Client(*again).post(event_envelope()).status == 200);
  }

  TEST_CASE("in strict mode a warning is a rejection") {
    const auto server = start({.strict = true});
    Client client(*server);
    CHECK(client.post(event_envelope()).status == 200);
    std::string odd = event_envelope();
    odd.replace(odd.find("\"native\""), 8, "\"cobol\"");
    CHECK(client.post(odd).status == 400);
  }
}

}  // namespace
}  // namespace picket::ingest::tests
