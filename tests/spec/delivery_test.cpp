// What a host can see and steer of delivery: backpressure, the fate of single events, the end.

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

namespace picket {
namespace {

using namespace std::chrono_literals;
using testing::ScopedClient;

bool is_kept(const TransactionArgs& args = {.name = "x"}) {
  const auto isolated = isolate();
  return start_transaction(args).is_recording();
}

/// Has the server limit everything for an hour.
void limit_everything(ScopedClient& client) {
  client.transport().set_script([](std::size_t, std::string_view) {
    TransportResponse response;
    response.status = 429;
    response.retry_after = "3600";
    return response;
  });
  capture_message("hits the limit");
  CHECK(client.client().flush(10s));
}

TEST_SUITE("spec/delivery") {
  TEST_CASE("backpressure halves the share of sampled transactions step by step") {  // P7.12
    ScopedClient client({.traces_sample_rate = 1.0});
    limit_everything(client);
    client.random().set({0.3});  // kept at a share of 1 and of 1/2, not at 1/4
    CHECK(is_kept());
    client.clock().advance(10s);
    CHECK(is_kept());
    CHECK(client.stats().delivery.backpressure == 1);
    client.clock().advance(10s);
    CHECK_FALSE(is_kept());
    CHECK(client.stats().delivery.backpressure == 2);
    CHECK(client.stats().of("transaction").dropped.at("backpressure") == 1);
    CHECK(client.stats().of("span").dropped.at("backpressure") == 1);

    client.clock().advance(3600s);  // the limit is over
    CHECK(is_kept());
    CHECK(client.stats().delivery.backpressure == 0);
  }

  TEST_CASE("backpressure leaves decisions alone that were made elsewhere") {  // P7.12, P4.6
    ScopedClient client({.traces_sample_rate = 1.0});
    limit_everything(client);
    client.random().set({0.9});
    for (int i = 0; i < 5; ++i) {
      client.clock().advance(10s);
      static_cast<void>(client.stats());
    }
    CHECK(client.stats().delivery.backpressure == 5);
    CHECK_FALSE(is_kept());
    CHECK(is_kept({.name = "said outright", .sampled = true}));
    const auto isolated = isolate();
    CHECK(continue_trace("7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-1", ""));
    CHECK(start_transaction({.name = "upstream"}).is_recording());
  }

  TEST_CASE("backpressure can be turned off") {
    ScopedClient client({.traces_sample_rate = 1.0, .enable_backpressure_handling = false});
    limit_everything(client);
    client.random().set({0.9});
    for (int i = 0; i < 5; ++i) {
      client.clock().advance(10s);
      CHECK(is_kept());
    }
    CHECK(client.stats().delivery.backpressure == 0);
  }

  TEST_CASE("the active limits are told, with the time that is left") {
    ScopedClient client;
    limit_everything(client);
    client.clock().advance(600s);
    CHECK(client.stats().delivery.rate_limits.at("error") == 3000s);
  }

  TEST_CASE("the host is told what became of each event") {
    std::mutex mutex;
    std::vector<std::string> told;
    const auto wanted = [&](const EventId& id, const char* end) {
      const std::lock_guard lock(mutex);
      return std::find(told.begin(), told.end(), id.to_string() + " " + end) != told.end();
    };
    ScopedClient client({.before_send =
                             [](Event& event, Hint&) {
                               return event.message && event.message->formatted == "unwanted"
                                          ? Verdict::drop
                                          : Verdict::keep;
                             },
                         .on_delivery =
                             [&](const Delivery& delivery) {
                               const std::lock_guard lock(mutex);
                               const bool sent = delivery.outcome == DeliveryOutcome::sent;
                               told.push_back(delivery.id.to_string() + " " +
                                              (sent ? "sent" : std::string(delivery.reason)));
                             }});
    const EventId kept = capture_message("kept");
    const EventId unwanted = capture_message("unwanted");
    CHECK(client.client().flush(10s));
    CHECK(wanted(kept, "sent"));
    CHECK(wanted(unwanted, "before_send"));
    CHECK(told.size() == 2);
  }

  TEST_CASE("a delivery callback that throws costs nothing") {
    ScopedClient client({.on_delivery = [](const Delivery&) { throw 7; }});
    capture_message("a");
    CHECK(client.client().flush(10s));
    CHECK(client.stats().errors().sent == 1);
  }

  TEST_CASE("a drain refuses transactions, keeps errors, and reports") {  // T20
    ScopedClient client({.traces_sample_rate = 1.0});
    capture_message("a");
    const DrainReport report = client.client().drain(10s);
    CHECK(report.finished);
    CHECK(report.stats.errors().sent == 1);
    { const auto transaction = start_transaction({.name = "too late"}); }
    capture_message("b");
    CHECK(client.client().flush(10s));
    CHECK(client.stats().errors().sent == 2);
    CHECK(client.stats().of("transaction").dropped.at("queue_overflow") == 1);
  }

  TEST_CASE("without a directory nothing is ever written to disk, and there is nothing to purge") {
    ScopedClient client;
    capture_message("a");
    CHECK_FALSE(client.client().flush_to_spool(1s));
    CHECK_FALSE(client.client().purge(1s));
  }

  TEST_CASE("what is in the spool survives its client and is sent by the next") {  // P7.13
    const tests::TemporaryDirectory directory;
    EventId id;
    {
      ScopedClient client({.spool_directory = directory.path("spool")});
      client.transport().set_script(
          [](std::size_t, std::string_view) { return TransportResponse{.error = "no network"}; });
      id = capture_message("kept on disk");
      CHECK(client.client().flush_to_spool(10s));
      CHECK(client.stats().errors().spooled == 1);
      CHECK(client.client().close(10s));
      CHECK(client.stats().errors().spooled == 1);
    }
    ScopedClient client({.spool_directory = directory.path("spool")});
    REQUIRE(client.transport().wait_for_calls(1, 10s));
    CHECK(client.client().close(10s));
    REQUIRE(client.transport().captured().events().size() == 1);
    CHECK(client.transport().captured().events()[0].id() == id.to_string());
    CHECK(client.stats().errors() == CategoryStats{.captured = 1, .recovered = 1, .sent = 1});
  }

  TEST_CASE("a spool that cannot be opened costs the spool, not the client") {
    ScopedClient client({.spool_directory = "/proc/nowhere/spool"});
    capture_message("a");
    CHECK_FALSE(client.client().flush_to_spool(10s));
    CHECK(client.client().flush(10s));
    CHECK(client.stats().errors().sent == 1);
    std::string all;
    for (const std::string& line : client.diagnostics()) all += line + "\n";
    CHECK(all.find("/proc/nowhere/spool") != std::string::npos);
  }

  TEST_CASE("a purge removes what is stored, reports of crashes too") {
    const tests::TemporaryDirectory directory;
    ScopedClient client({.spool_directory = directory.path("spool")});
    client.transport().set_script(
        [](std::size_t, std::string_view) { return TransportResponse{.error = "no network"}; });
    capture_message("to be forgotten");
    CHECK(client.client().flush_to_spool(10s));
    const std::filesystem::path crashes = directory.path("spool/crashes");
    std::filesystem::create_directory(crashes);
    std::string whose;  // a digest of the DSN, with which all names begin
    for (const auto& entry : std::filesystem::directory_iterator(directory.path("spool"))) {
      if (entry.is_regular_file()) whose = entry.path().filename().string().substr(0, 16);
    }
    for (const std::string& name :
         {whose + "-1.envelope", whose + "-1.crash", "new-" + whose + "-2.envelope",
          std::string("0123456789abcdef-1.envelope")}) {
      std::ofstream(crashes / name) << "somebody's name";
    }
    CHECK(client.client().purge(10s));
    std::vector<std::string> left;
    for (const auto& entry : std::filesystem::directory_iterator(crashes)) {
      left.push_back(entry.path().filename().string());
    }
    CHECK(left == std::vector<std::string>{"0123456789abcdef-1.envelope"});  // of another project
    CHECK(client.stats().errors().dropped.at("cache_overflow") == 1);
    CHECK(client.stats().delivery.spool_items == 0);
    for (const auto& entry : std::filesystem::directory_iterator(directory.path("spool"))) {
      CHECK(entry.path().extension() != ".spool");
    }
  }
}

}  // namespace
}  // namespace picket
