#include "ingest/chaos.hpp"
#include "ingest/client.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace picket::ingest::tests {
namespace {

using namespace std::chrono_literals;

std::vector<Fault> faults(std::initializer_list<const char*> texts) {
  std::vector<Fault> found;
  for (const char* text : texts) found.push_back(Fault::parse(text).value());
  return found;
}

TEST_SUITE("ingest/chaos") {
  TEST_CASE("a seed decides what happens, whenever it is asked") {
    const Chaos one{.seed = 1}, again{.seed = 1}, other{.seed = 2};
    int differences = 0, shifted = 0;
    for (std::uint64_t number = 1000; number > 0; --number) {
      CHECK(one.for_request(number) == again.for_request(number));
      CHECK(one.for_connection(number) == again.for_connection(number));
      if (one.for_request(number) != other.for_request(number)) ++differences;
      if (one.for_request(number + 1) != other.for_request(number)) ++shifted;
    }
    CHECK(differences > 500);
    CHECK(shifted > 500);  // the next seed is not the same day, begun a request later
  }

  TEST_CASE("the rate is the share of requests that fail") {
    for (const double rate : {0.0, 0.1, 0.7, 1.0}) {
      CAPTURE(rate);
      const Chaos chaos{.seed = 3, .rate = rate};
      int failed = 0;
      for (std::uint64_t number = 1; number <= 10'000; ++number) {
        if (chaos.for_request(number)) ++failed;
      }
      CHECK(failed == doctest::Approx(rate * 10'000).epsilon(0.05));
    }
  }

  TEST_CASE("every fault has its turn, those of connections among them") {
    const Chaos chaos{.seed = 4, .rate = 1};
    std::vector<Fault> missing = chaos.faults;
    for (std::uint64_t number = 1; number <= 1000; ++number) {
      if (const auto fault = chaos.for_request(number)) {
        CHECK_FALSE(fault->is_of_connection());
        std::erase(missing, *fault);
      }
      if (const auto fault = chaos.for_connection(number)) {
        CHECK(fault->is_of_connection());
        std::erase(missing, *fault);
      }
    }
    CHECK(missing.empty());
  }

  TEST_CASE("the usual faults pass by themselves, and none blames the envelope") {
    for (const Fault& fault : usual_faults()) {
      CAPTURE(static_cast<int>(fault.action));
      CHECK(fault.status != 413);
      CHECK(fault.delay <= 500ms);
      const bool may_last =
          fault.action == FaultAction::hang || fault.action == FaultAction::stall ||
          fault.action == FaultAction::huge || fault.action == FaultAction::huge_head;
      CHECK((!may_last || (fault.limit && *fault.limit <= 500ms)));
    }
  }

  TEST_CASE("chaos is over after so many requests") {
    const Chaos chaos{.rate = 1, .requests = 3, .faults = faults({"*:503"})};
    IngestOptions options;
    options.chaos = chaos;
    const auto server = IngestServer::start(options);
    REQUIRE(server);
    Client client(**server);
    for (const int status : {503, 503, 503, 200, 200}) {
      CHECK(client.post(event_envelope()).status == status);
    }
    (*server)->set_chaos(chaos);
    CHECK(client.post(event_envelope()).status == 503);
    (*server)->set_chaos({});
    CHECK(client.post(event_envelope()).status == 200);
  }

  TEST_CASE("a fault that was asked for goes first") {
    IngestOptions options;
    options.faults = faults({"2:507"});
    options.chaos = Chaos{.rate = 1, .faults = faults({"*:503"})};
    const auto server = IngestServer::start(options);
    REQUIRE(server);
    Client client(**server);
    for (const int status : {503, 507, 503}) CHECK(client.post(event_envelope()).status == status);
  }

  TEST_CASE("connections break, until chaos is over") {
    IngestOptions options;
    options.chaos = Chaos{.rate = 1, .requests = 2, .faults = faults({"*:drop"})};
    const auto server = IngestServer::start(options);
    REQUIRE(server);
    CHECK(Client(**server).post(event_envelope()).status == 0);
    CHECK(Client(**server).post(event_envelope()).status == 0);
    CHECK(Client(**server).post(event_envelope()).status == 200);
  }

  TEST_CASE("when chaos is over for requests, connections are safe as well") {
    const auto server = IngestServer::start({});
    REQUIRE(server);
    Client client(**server);
    CHECK(client.post(event_envelope()).status == 200);
    (*server)->set_chaos(Chaos{.rate = 1, .requests = 2, .faults = faults({"*:drop"})});
    for (int i = 0; i < 2; ++i) CHECK(client.post(event_envelope()).status == 200);
    CHECK(Client(**server).post(event_envelope()).status == 200);  // the first one that is counted
  }

  TEST_CASE("who tries again gets everything through, over plain connections and TLS") {
    for (const bool https : {false, true}) {
      CAPTURE(https);
      IngestOptions options;
      options.https = https;
      options.chaos = Chaos{.seed = 5, .rate = 0.6};
      std::erase_if(options.chaos->faults, [](const Fault& f) { return f.limit || f.delay > 0ms; });
      const auto server = IngestServer::start(options);
      REQUIRE(server);
      Client client(**server);
      for (int number = 1; number <= 20; ++number) {
        int tries = 0;
        while (client.post(event_envelope(number)).status != 200 && tries < 50) ++tries;
        CHECK(tries < 50);
      }
      const Received& received = (*server)->received();
      CHECK(received.refused().size() > 5);
      CHECK(received.deliveries_by_id().size() == 20);
      for (const auto& [id, bodies] : received.bodies_by_id()) CHECK(bodies.size() == 1);
    }
  }

  TEST_CASE("a seed and a rate are read") {
    CHECK(Chaos::parse("7").value().seed == 7);
    CHECK(Chaos::parse("7").value().rate == 0.5);
    CHECK(Chaos::parse("18446744073709551615:0.25").value().rate == 0.25);
    for (const char* text : {"", "x", "7:", "7:2", "7:-1", "7:nan", "-7", "7:0.5x", "7 "}) {
      CAPTURE(text);
      const auto chaos = Chaos::parse(text);
      REQUIRE_FALSE(chaos);
      CHECK(chaos.error().code == Errc::invalid_argument);
      CHECK(chaos.error().message.find("SEED:RATE") != std::string::npos);
    }
  }
}

}  // namespace
}  // namespace picket::ingest::tests
