// Figures that the service layer and the metrics record through a client.

#include "client/core.hpp"
#include "client/figures.hpp"
#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/forked_threads.hpp"
#include "support/in_child.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace picket::client {
namespace {

using namespace std::chrono_literals;
using figures::Outcome;
using testing::ScopedClient;

Core& core_of(const ScopedClient& client) { return *client.client().core(); }

TEST_SUITE("client/figures") {
  TEST_CASE("runs of a command give count, mean, maximum and percentiles") {  // S10.2
    const ScopedClient client;
    for (int i = 1; i <= 100; ++i) {
      record_command(core_of(client), "ban", Outcome::ok, std::chrono::milliseconds(i));
    }
    record_command(core_of(client), "kick", Outcome::ok, 2s);

    const Figures figures = client.stats().figures;
    const Timing& ban = figures.commands.at("ban").timing;
    CHECK(ban.count == 100);
    CHECK(ban.mean == doctest::Approx(50.5));
    CHECK(ban.max == 100);
    CHECK(ban.p50 == doctest::Approx(50).epsilon(0.01));
    CHECK(ban.p95 == doctest::Approx(95).epsilon(0.01));
    CHECK(figures.commands.at("ban").longest_last_minute == 100);
    CHECK(figures.all_commands.timing.count == 101);
    CHECK(figures.all_commands.longest_last_minute == 2000);
  }

  TEST_CASE("of 6 successes and 3 failures a third has failed, user errors apart") {  // S10.5
    ScopedClient client;
    const auto run = [&](int times, Outcome outcome) {
      for (int i = 0; i < times; ++i) record_command(core_of(client), "ban", outcome, 1ms);
    };
    run(6, Outcome::ok);
    run(3, Outcome::failed);
    run(4, Outcome::user_error);

    Figures figures = client.stats().figures;
    for (const CommandFigures& command : {figures.commands.at("ban"), figures.all_commands}) {
      CHECK(command.failed_share_last_minute == doctest::Approx(1.0 / 3));
      CHECK(command.failed_share == doctest::Approx(1.0 / 3));
      CHECK(command.ok.total == 6);
      CHECK(command.failed.total == 3);
      CHECK(command.user_errors.total == 4);
    }
    client.clock().advance(61s);
    run(1, Outcome::ok);
    figures = client.stats().figures;
    CHECK(figures.all_commands.failed_share_last_minute == 0);
    CHECK(figures.all_commands.failed_share == doctest::Approx(0.3));
  }

  TEST_CASE("every end of a command counts, whatever the sampling decision was") {  // S6.13
    const ScopedClient client({.sample_rate = 0.0, .traces_sample_rate = 0.0});
    record_command(core_of(client), "ban", Outcome::failed, 1ms);
    CHECK(client.stats().figures.commands.at("ban").failed.total == 1);
  }

  TEST_CASE("databases and other services are recorded directly too") {  // S10.3 S10.4
    const ScopedClient client;
    record_database(core_of(client), "create", "users", 3ms);
    record_database(core_of(client), "create", {}, 3ms);
    record_api(core_of(client), "https://chat.local/users?id=7", 204, 5ms);
    record_api(core_of(client), "chat.local/users", std::nullopt, 5ms);
    record_suppressed(core_of(client));

    const Figures figures = client.stats().figures;
    CHECK(figures.database.at("create users").count == 1);
    CHECK(figures.database.at("create").max == 3);
    CHECK(figures.api.at("chat.local/users").by_status ==
          std::map<std::string, std::uint64_t>{{"2xx", 1}, {"none", 1}});
    CHECK(figures.suppressed == 1);
  }

  TEST_CASE("a run that takes longer than five seconds fires at once, with its command") {
    // S10.8 A11
    std::mutex mutex;
    std::condition_variable came;
    std::vector<AlertChange> told;
    ScopedClient client(
        {.alert_rules = {alerts::slow_command()}, .on_alert = [&](const AlertChange& change) {
           const std::lock_guard lock(mutex);
           told.push_back(change);
           came.notify_all();
         }});
    client.clock().advance(200ms);
    record_command(core_of(client), "report", Outcome::ok, 5s);
    record_command(core_of(client), "quick", Outcome::ok, 5ms);
    record_command(core_of(client), "slow", Outcome::ok, 5001ms);
    std::unique_lock lock(mutex);
    REQUIRE(came.wait_for(lock, 10s, [&] { return told.size() == 1; }));
    CHECK(told[0].command == "slow");
    CHECK(told[0].value == doctest::Approx(5.001));
    lock.unlock();
    client.clock().advance(61s);
    lock.lock();
    REQUIRE(came.wait_for(lock, 10s, [&] { return told.size() == 2; }));
    CHECK(told[1].kind == AlertChange::Kind::recovered);
  }

  TEST_CASE("after close, and without figures, recording does nothing") {  // S10.6
    const ScopedClient without({.enable_figures = false});
    record_command(core_of(without), "ban", Outcome::ok, 1ms);
    CHECK(without.stats().figures == Figures{});

    const ScopedClient closed;
    closed.client().close(1s);
    record_command(core_of(closed), "ban", Outcome::ok, 1ms);
    CHECK(closed.stats().figures == Figures{});
  }

  TEST_CASE("in the child of a fork the figures begin at zero, whoever was counting" *
            doctest::skip(!tests::kForksAmongAllocationsWork)) {
    const ScopedClient client;
    record_command(core_of(client), "ban", Outcome::ok, 1ms);
    std::atomic<bool> stop{false};
    std::thread busy([&] {
      while (!stop) record_command(core_of(client), "kick", Outcome::ok, 1ms);
    });
    struct Counts {
      std::uint64_t before = 99;
      std::uint64_t after = 99;
    };
    for (int i = 0; i < 5; ++i) {
      const auto counts = tests::in_child([&] {
        Counts seen;
        seen.before = client.stats().figures.all_commands.timing.count;
        record_command(core_of(client), "ban", Outcome::ok, 1ms);
        seen.after = client.stats().figures.all_commands.timing.count;
        return seen;
      });
      CHECK(counts.before == 0);
      CHECK(counts.after == 1);
    }
    stop = true;
    busy.join();
    CHECK(client.stats().figures.commands.at("ban").timing.count == 1);
  }
}

}  // namespace
}  // namespace picket::client
