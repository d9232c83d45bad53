#include "ingest/fault.hpp"
#include "ingest/client.hpp"

#include <doctest/doctest.h>

#include <thread>

namespace picket::ingest::tests {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<IngestServer> start(std::initializer_list<const char*> faults) {
  IngestOptions options;
  for (const char* text : faults) {
    const auto fault = Fault::parse(text);
    REQUIRE_MESSAGE(fault, text);
    options.faults.push_back(*fault);
  }
  auto server = IngestServer::start(std::move(options));
  REQUIRE(server);
  return std::move(*server);
}

TEST_SUITE("ingest/fault") {
  TEST_CASE("a fault is read from its text form") {
    Fault fault = Fault::parse("3-5:429,Retry-After=2,delay=50ms").value();
    CHECK(fault.first == 3);
    CHECK(fault.last == 5);
    CHECK(fault.status == 429);
    CHECK(fault.headers == Headers{{"Retry-After", "2"}});
    CHECK(fault.delay == 50ms);
    CHECK_FALSE(fault.takes_in());

    fault = Fault::parse("store@4-:hang,limit=2s").value();
    CHECK(fault.endpoint == "store");
    CHECK(fault.action == FaultAction::hang);
    CHECK(fault.limit == 2000ms);
    CHECK(fault.fits("store", 1'000'000));
    CHECK_FALSE(fault.fits("store", 3));
    CHECK_FALSE(fault.fits("envelope", 4));

    fault = Fault::parse("2:huge-head,size=5000,limit=1s,X-A=b,resumes=c").value();
    CHECK(fault.action == FaultAction::huge_head);
    CHECK(fault.size == 5000);
    CHECK(fault.headers == Headers{{"X-A", "b"}, {"resumes", "c"}});

    fault = Fault::parse("1-2:drop").value();
    CHECK(fault.fits_connection(2));
    CHECK_FALSE(fault.fits_connection(3));
    CHECK_FALSE(fault.fits("envelope", 2));
    CHECK_FALSE(Fault::parse("*:503").value().fits_connection(1));

    CHECK(Fault::parse("7:drip,every=20ms").value().every == 20ms);
    CHECK(Fault::parse("7:reset,processed").value().takes_in());
    CHECK(Fault::parse("7:drip").value().takes_in());
    CHECK_FALSE(Fault::parse("7:stall,limit=1s").value().takes_in());
    CHECK(Fault::parse("7:stall,X-A=b,resume").value().takes_in());
    CHECK(Fault::parse("*:ok,delay=1s").value().takes_in());
  }

  TEST_CASE("commas inside a header value do not end it") {
    const Fault fault =
        Fault::parse("*:200,X-Sentry-Rate-Limits=60:error:key, 120:log_item:organization,X-A=b")
            .value();
    CHECK(
        fault.headers ==
        Headers{{"X-Sentry-Rate-Limits", "60:error:key, 120:log_item:organization"}, {"X-A", "b"}});
    const Fault date = Fault::parse("1:429,Retry-After=Sun, 06 Nov 1994 08:49:37 GMT").value();
    CHECK(date.headers[0].second == "Sun, 06 Nov 1994 08:49:37 GMT");
  }

  TEST_CASE("a bad fault says which part is wrong and what may stand there") {
    struct Row {
      const char* text;
      const char* part;
      const char* fix;
    };
    for (const Row& row : {
             Row{"", "``", "WHICH:ACTION"},
             Row{"503", "`503`", "WHICH:ACTION"},
             Row{"0:503", "`0`", "counted from 1"},
             Row{"3-1:503", "`3-1`", "counted from 1"},
             Row{"x:503", "`x`", "counted from 1"},
             Row{"1:explode", "`explode`", "reset, close, partial, garbage"},
             Row{"1:hang,every=1s", "`every`", "belongs to drip"},
             Row{"1:503,size=1", "`size`", "belongs to huge"},
             Row{"1:hang,resume", "`resume`", "belongs to stall"},
             Row{"1:huge,size=x", "`size=x`", "size=1000"},
             Row{"1:drop,processed", "`drop`", "no request yet"},
             Row{"store@1:tls", "`tls`", "no request yet"},
             Row{"1:99", "`99`", "a status from 200 to 599"},
             Row{"1:503,delay=5", "`delay=5`", "delay=500ms"},
             Row{"1:503,sometimes", "`sometimes`", "Header-Name=value"},
             Row{"1:reset,limit=1s", "`limit`", "belongs to hang"},
             Row{"minidump@1:503", "`minidump`", "envelope or store"},
         }) {
      CAPTURE(row.text);
      const auto fault = Fault::parse(row.text);
      REQUIRE_FALSE(fault);
      CHECK(fault.error().code == Errc::invalid_argument);
      CAPTURE(fault.error().message);
      CHECK(fault.error().message.find(row.part) != std::string::npos);
      CHECK(fault.error().message.find(row.fix) != std::string::npos);
    }
  }

  TEST_CASE("an error status refuses the envelope and sends the headers") {  // S9.6
    const auto server = start({"1-2:503", "3:429,Retry-After=7"});
    Client client(*server);
    for (const int status : {503, 503, 429, 200}) {
      const Answer answer = client.post(event_envelope());
      CHECK(answer.status == status);
      CHECK(answer.header("retry-after") == (status == 429 ? "7" : ""));
    }
    CHECK(server->received().refused().size() == 3);
    CHECK(server->received().events().size() == 1);
    CHECK(server->received().duplicate_count() == 0);  // what was refused may come again
  }

  TEST_CASE("a good status takes the envelope in and sends the headers") {  // P6.2-1
    const auto server = start({"*:200,X-Sentry-Rate-Limits=60:error:key"});
    Client client(*server);
    const Answer answer = client.post(event_envelope());
    CHECK(answer.status == 200);
    CHECK(answer.header("x-sentry-rate-limits") == "60:error:key");
    CHECK(server->received().events().size() == 1);
  }

  TEST_CASE("a bad envelope stays rejected under a fault that takes it in") {
    const auto server = start({"*:202"});
    Client client(*server);
    CHECK(client.post("nonsense").status == 400);
    CHECK(client.post(event_envelope()).status == 202);
  }

  TEST_CASE("reset, close, partial and garbage look like that on the wire") {  // S9.6
    const auto server = start({"1:reset", "2:close", "3:partial", "4:garbage"});
    const std::string request = raw_request(event_envelope());

    const Conversation reset = talk(*server, request);
    CHECK(reset.end == End::reset);
    CHECK(reset.bytes.empty());

    const Conversation closed = talk(*server, request);
    CHECK(closed.end == End::closed);
    CHECK(closed.bytes.empty());

    const Conversation partial = talk(*server, request);
    CHECK(partial.end != End::open);
    CHECK(partial.bytes.find("HTTP/1.1 200") == 0);
    CHECK(partial.bytes.find("Content-Length: 141") != std::string::npos);
    CHECK(partial.bytes.find("{\"id\"") != std::string::npos);
    CHECK(partial.bytes.find('}') == std::string::npos);

    const Conversation garbage = talk(*server, request);
    CHECK(garbage.end != End::open);
    CHECK(garbage.bytes.find("this is not HTTP") != std::string::npos);
    CHECK(garbage.bytes.find("HTTP/1.1") == std::string::npos);

    CHECK(server->received().refused().size() == 4);
    CHECK(server->received().accepted().empty());
  }

  TEST_CASE("over TLS the faults reach the client too") {
    IngestOptions options;
    options.https = true;
    for (const char* text : {"1:reset", "2:close", "3:partial", "4:garbage"}) {
      options.faults.push_back(Fault::parse(text).value());
    }
    const auto server = IngestServer::start(options);
    REQUIRE(server);
    for (int i = 0; i < 4; ++i) {
      CAPTURE(i);
      CHECK(Client(**server).post(event_envelope()).status == 0);
    }
    CHECK(Client(**server).post(event_envelope()).status == 200);
  }

  TEST_CASE("a lost answer leads to a visible duplicate") {
    const auto server = start({"1:close,processed"});
    CHECK(talk(*server, raw_request(event_envelope())).end == End::closed);
    CHECK(Client(*server).post(event_envelope()).status == 200);
    CHECK(server->received().events().size() == 1);
    CHECK(server->received().items("event").size() == 2);
    CHECK(server->received().items("event")[1].is_duplicate);
    CHECK(server->received().duplicate_count() == 1);
  }

  TEST_CASE("a hanging request ends at its limit without an answer") {  // S9.6
    const auto server = start({"1:hang,limit=20ms"});
    const Conversation heard = talk(*server, raw_request(event_envelope()));
    CHECK(heard.end == End::closed);
    CHECK(heard.bytes.empty());
  }

  TEST_CASE("a request that hangs for good is freed when the server stops") {
    const auto server = start({"1:hang"});
    Conversation heard;
    std::thread waiting([&] { heard = talk(*server, raw_request(event_envelope()), 60s); });
    REQUIRE(server->received().wait_for_requests(1, 10s));
    CHECK(Client(*server).post(event_envelope(2)).status == 200);  // others are served meanwhile
    server->stop();
    waiting.join();
    CHECK(heard.end != End::open);
    CHECK(heard.bytes.empty());
  }

  TEST_CASE("a delayed answer still comes") {
    const auto server = start({"1:ok,delay=30ms"});
    const auto before = std::chrono::steady_clock::now();
    CHECK(Client(*server).post(event_envelope()).status == 200);
    CHECK(std::chrono::steady_clock::now() - before >= 30ms);
  }

  TEST_CASE("faults of one endpoint count its requests alone") {
    const auto server = start({"store@1:500"});
    Client client(*server);
    CHECK(client.post(event_envelope()).status == 200);
    const std::string event = R"({"timestamp":1,"platform":"c"})";
    CHECK(client.post(event, {}, "/api/42/store/").status == 500);
    CHECK(client.post(event, {}, "/api/42/store/").status == 200);
  }

  TEST_CASE("new faults start to count at 1") {
    const auto server = start({});
    Client client(*server);
    CHECK(client.post(event_envelope(1)).status == 200);
    server->set_faults({Fault::parse("1:503").value()});
    CHECK(client.post(event_envelope(2)).status == 503);
    CHECK(client.post(event_envelope(2)).status == 200);
  }
}

}  // namespace
}  // namespace picket::ingest::tests
