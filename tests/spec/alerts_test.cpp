// Alert rules over the key figures: what fires, when, how often, and what the callback learns.

#include "picket/alerts.hpp"

#include "picket/picket.hpp"
#include "picket/testing/manual_clock.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace picket {
namespace {

using namespace std::chrono_literals;
using Kind = AlertChange::Kind;

/// An engine and what it told.
struct Alarm {
  explicit Alarm(std::vector<AlertRule> rules) : engine(std::move(rules)) {
    engine.on_change([this](const AlertChange& change) { told.push_back(change); });
  }

  void errors(std::uint64_t last_minute, std::uint64_t last_hour = 0) {
    engine.evaluate({.errors = {.last_minute = last_minute, .last_hour = last_hour}}, now);
  }
  void longest_run(const std::string& command, double milliseconds) {
    Figures figures;
    figures.commands["quick"].longest_last_minute = 1;
    figures.commands[command].longest_last_minute = milliseconds;
    engine.evaluate(figures, now);
  }

  AlertEngine engine;
  std::vector<AlertChange> told{};
  WallTime now{1000s};
};

TEST_SUITE("spec/alerts") {
  TEST_CASE("the ready-made rules have their limits and audiences") {  // S10.7
    const AlertRule errors = alerts::high_error_rate();
    CHECK(errors.figure == Figure::errors);
    CHECK(errors.threshold == 10);
    CHECK(errors.window == 60s);
    CHECK(errors.audience == "team");

    const AlertRule slow = alerts::slow_command();
    CHECK(slow.figure == Figure::command_duration);
    CHECK(slow.threshold == 5);
    CHECK(slow.audience == "developers");
    CHECK(alerts::slow_command(1500ms).threshold == 1.5);

    const AlertRule database = alerts::database_errors();
    CHECK(database.figure == Figure::database_errors);
    CHECK(database.threshold == 5);
    CHECK(database.window == 60s);
    CHECK(database.audience == "infrastructure");
  }

  TEST_CASE("ten errors are silent, the eleventh fires once, and it can fire again") {  // S10.8
    Alarm alarm({alerts::high_error_rate()});

    alarm.errors(10);
    CHECK(alarm.told.empty());

    alarm.errors(11);
    REQUIRE(alarm.told.size() == 1);
    CHECK(alarm.told[0] == AlertChange{.kind = Kind::raised,
                                       .rule = "high_error_rate",
                                       .audience = "team",
                                       .figure = Figure::errors,
                                       .value = 11,
                                       .threshold = 10,
                                       .time = alarm.now});
    alarm.errors(40);
    alarm.errors(11);
    CHECK(alarm.told.size() == 1);

    alarm.errors(10);
    REQUIRE(alarm.told.size() == 2);
    CHECK(alarm.told[1].kind == Kind::recovered);
    CHECK(alarm.told[1].value == 10);
    alarm.errors(0);
    CHECK(alarm.told.size() == 2);

    alarm.errors(12);
    REQUIRE(alarm.told.size() == 3);
    CHECK(alarm.told[2].kind == Kind::raised);
  }

  TEST_CASE("a run of 5.000 s is silent, one of 5.001 s fires with its command") {  // S10.8 A11
    Alarm alarm({alerts::slow_command()});

    alarm.longest_run("report", 5000);
    CHECK(alarm.told.empty());

    alarm.longest_run("report", 5001);
    REQUIRE(alarm.told.size() == 1);
    CHECK(alarm.told[0].command == "report");
    CHECK(alarm.told[0].value == doctest::Approx(5.001));
    CHECK(alarm.told[0].audience == "developers");

    alarm.longest_run("report", 10);
    REQUIRE(alarm.told.size() == 2);
    CHECK(alarm.told[1].kind == Kind::recovered);
    CHECK(alarm.told[1].command == "report");
  }

  TEST_CASE("the sixth database error fires") {  // S10.8
    Alarm alarm({alerts::database_errors()});
    alarm.engine.evaluate({.database_errors = {.last_minute = 5, .total = 100}}, alarm.now);
    CHECK(alarm.told.empty());
    alarm.engine.evaluate({.database_errors = {.last_minute = 6, .total = 101}}, alarm.now);
    CHECK(alarm.told.size() == 1);
  }

  TEST_CASE("hosts make rules of their own, over an hour and over the failed share") {  // S10.7
    Alarm alarm({{.name = "hourly", .threshold = 100, .window = 3600s},
                 {.name = "failing", .figure = Figure::failed_commands, .threshold = 0.5}});
    Figures figures;
    figures.errors = {.last_minute = 101, .last_hour = 100};
    figures.all_commands.ok.last_minute = 2;
    figures.all_commands.failed.last_minute = 2;
    alarm.engine.evaluate(figures, alarm.now);
    CHECK(alarm.told.empty());

    figures.errors.last_hour = 101;
    figures.all_commands.failed.last_minute = 3;
    alarm.engine.evaluate(figures, alarm.now);
    REQUIRE(alarm.told.size() == 2);
    CHECK(alarm.told[0].rule == "hourly");
    CHECK(alarm.told[1].rule == "failing");
    CHECK(alarm.told[1].value == doctest::Approx(0.6));
  }

  TEST_CASE("a callback that throws costs nothing but its own call") {  // S10.8
    AlertEngine engine({alerts::high_error_rate(), alerts::database_errors()});
    int calls = 0;
    engine.on_change([&](const AlertChange&) {
      ++calls;
      throw std::runtime_error("the pager is broken");
    });
    Figures figures{.errors = {.last_minute = 11}, .database_errors = {.last_minute = 6}};
    engine.evaluate(figures, {});
    CHECK(calls == 2);
    engine.evaluate(figures, {});
    CHECK(calls == 2);
    figures.errors.last_minute = 0;
    engine.evaluate(figures, {});
    CHECK(calls == 3);
  }

  TEST_CASE("a callback may add rules, and an engine may be moved") {
    AlertEngine engine({alerts::high_error_rate()});
    AlertEngine* current = nullptr;
    std::vector<std::string> rules;
    engine.on_change([&](const AlertChange& change) {
      rules.push_back(change.rule);
      if (rules.size() == 1) current->add({.name = "added", .threshold = 1});
    });
    AlertEngine moved = std::move(engine);
    current = &moved;
    moved.evaluate({.errors = {.last_minute = 11}}, {});
    CHECK(rules == std::vector<std::string>{"high_error_rate", "added"});
    engine.evaluate({}, {});  // swallows it
  }

  TEST_CASE("without a callback nothing happens") {
    AlertEngine engine({alerts::high_error_rate()});
    engine.evaluate({.errors = {.last_minute = 11}}, {});
    CHECK(true);
  }
}

/// Changes as they come in from the worker.
class Inbox {
 public:
  OnAlert callback() {
    return [this](const AlertChange& change) {
      const std::lock_guard lock(mutex_);
      changes_.push_back(change);
      came_.notify_all();
    };
  }

  /// All changes, once there are `count`; at most ten seconds are waited for them.
  std::vector<AlertChange> await(std::size_t count) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, 10s, [&] { return changes_.size() >= count; });
    return changes_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<AlertChange> changes_;
};

TEST_SUITE("spec/alerts of a client") {
  TEST_CASE("a client tells of its eleventh error in a minute, and when that is over") {  // S10.8
    Inbox inbox;
    testing::ScopedClient client(
        {.alert_rules = {alerts::high_error_rate()}, .on_alert = inbox.callback()});
    for (int i = 0; i < 11; ++i) capture_exception(std::runtime_error("x"));
    client.clock().advance(1s);
    const auto raised = inbox.await(1);
    REQUIRE(raised.size() == 1);
    CHECK(raised[0].kind == Kind::raised);
    CHECK(raised[0].value == 11);
    CHECK(raised[0].time == client.clock().wall());

    client.clock().advance(61s);
    const auto all = inbox.await(2);
    REQUIRE(all.size() == 2);
    CHECK(all[1].kind == Kind::recovered);
    CHECK(all[1].value == 0);
  }

  TEST_CASE("what an alert callback throws harms neither the worker nor later alerts") {  // S10.8
    Inbox inbox;
    testing::ScopedClient client({.alert_rules = {alerts::high_error_rate(0)},
                                  .on_alert = [tell = inbox.callback()](const AlertChange& change) {
                                    tell(change);
                                    throw std::runtime_error("the pager is broken");
                                  }});
    capture_exception(std::runtime_error("x"));
    client.clock().advance(1s);
    CHECK(inbox.await(1).size() == 1);
    client.clock().advance(61s);
    CHECK(inbox.await(2).size() == 2);
    CHECK(client.captured().errors().size() == 1);
  }

  TEST_CASE("a callback may ask for the statistics") {  // S10.8: it runs outside of locks
    std::mutex mutex;
    std::condition_variable came;
    std::uint64_t seen = 0;
    testing::ScopedClient client(
        {.alert_rules = {alerts::high_error_rate(0)}, .on_alert = [&](const AlertChange&) {
           const auto total = stats().figures.errors.total;
           const std::lock_guard lock(mutex);
           seen = total;
           came.notify_all();
         }});
    capture_exception(std::runtime_error("x"));
    client.clock().advance(1s);
    std::unique_lock lock(mutex);
    CHECK(came.wait_for(lock, 10s, [&] { return seen == 1; }));
  }
}

}  // namespace
}  // namespace picket
