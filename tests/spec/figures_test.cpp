// The key figures of a service, as a host sees them.

#include "picket/figures.hpp"
#include "picket/captures.hpp"

#include "picket/json.hpp"
#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace shop {
struct Timeout : std::runtime_error {
  Timeout() : std::runtime_error("timeout") {}
};
}  // namespace shop

namespace picket {
namespace {

using namespace std::chrono_literals;
using testing::ScopedClient;

TEST_SUITE("spec/figures") {
  TEST_CASE("errors are counted per minute, per hour, by kind and by type") {  // S10.1 A10
    ScopedClient client;
    for (int i = 0; i < 10; ++i) {
      capture_exception(shop::Timeout(), {.tags = {{"error.type", "database"}}});
      client.clock().advance(3s);
    }
    capture_exception(std::runtime_error("x"));
    capture_message("worse", Level::fatal);
    capture_message("fine", Level::warning);
    capture_exception(std::runtime_error("x"), {.level = Level::info});

    Figures figures = client.stats().figures;
    CHECK(figures.errors == Rate{.last_minute = 12, .last_hour = 12, .total = 12});
    CHECK(figures.errors_by_kind.at("database").total == 10);
    CHECK(figures.errors_by_kind.at("generic").total == 2);
    CHECK(figures.errors_by_type.at("Timeout").last_minute == 10);
    CHECK(figures.errors_by_type.at("runtime_error").total == 1);
    CHECK(figures.errors_by_type.at("message").total == 1);
    CHECK(figures.database_errors.last_minute == 10);

    client.clock().advance(61s);
    figures = client.stats().figures;
    CHECK(figures.errors == Rate{.last_minute = 0, .last_hour = 12, .total = 12});
  }

  TEST_CASE("captures of a kind count as that kind") {  // S4.8, S10.1
    const ScopedClient client;
    capture_database_error(std::runtime_error("x"), {.table = "users"});
    capture_api_error(std::runtime_error("x"));
    capture_domain_error(std::runtime_error("x"));
    const Figures figures = client.stats().figures;
    CHECK(figures.errors_by_kind.at("database").total == 1);
    CHECK(figures.errors_by_kind.at("api").total == 1);
    CHECK(figures.errors_by_kind.at("app_error").total == 1);
    CHECK(figures.database_errors.total == 1);
  }

  TEST_CASE("errors count before sampling, but not when they are duplicates") {  // S10.1 A10
    ScopedClient client({.sample_rate = 0.0});
    for (int i = 0; i < 3; ++i) capture_exception(std::runtime_error("x"));
    CHECK(client.stats().figures.errors.total == 3);
    CHECK(client.captured().events().empty());

    ScopedClient other;
    try {
      throw std::runtime_error("once");
    } catch (...) {
      capture_exception();
      capture_exception();
    }
    CHECK(other.stats().figures.errors.total == 1);
  }

  TEST_CASE("the level of a scope decides whether an event counts as an error") {  // S10.1
    ScopedClient client;
    {
      const ScopeGuard quiet = push_scope();
      set_level(Level::warning);
      capture_exception(std::runtime_error("x"));
    }
    CHECK(client.stats().figures.errors.total == 0);
    capture_event({.level = Level::error, .exceptions = {{.type = "Late", .value = "v"}}});
    CHECK(client.stats().figures.errors_by_type.at("Late").total == 1);
  }

  TEST_CASE("users who met an error are counted, each once") {  // S10.6
    ScopedClient client;
    for (const char* id : {"1", "2", "1"}) {
      const ScopeGuard unit = isolate();
      set_user({.id = id});
      capture_exception(std::runtime_error("x"));
    }
    capture_exception(std::runtime_error("x"), {.user = User{.id = "3"}});
    capture_exception(std::runtime_error("x"));
    CHECK(client.stats().figures.affected_users == 3);
  }

  TEST_CASE("spans of a database are timed, sampled or not") {  // S10.3 S6.8
    for (const double rate : {0.0, 1.0}) {
      CAPTURE(rate);
      ScopedClient client({.traces_sample_rate = rate});
      {
        const auto transaction = start_transaction({.op = "command", .name = "ban_user"});
        for (const auto duration : {10ms, 20ms, 30ms}) {
          const auto span = start_span({.op = "database", .description = "fetch_user_cases"});
          client.clock().advance(duration);
        }
        const auto other = start_span({.op = "render", .description = "not a database"});
        client.clock().advance(1s);
      }
      const Figures figures = client.stats().figures;
      REQUIRE(figures.database.size() == 1);
      const Timing& timing = figures.database.at("fetch_user_cases");
      CHECK(timing.count == 3);
      CHECK(timing.mean == doctest::Approx(20));
      CHECK(timing.max == doctest::Approx(30));
      CHECK(timing.p50 == doctest::Approx(20).epsilon(0.01));
      CHECK(timing.p95 == doctest::Approx(30).epsilon(0.01));
    }
  }

  TEST_CASE("calls of other services are timed by endpoint, with the class of their status") {
    // S10.4
    for (const double rate : {0.0, 1.0}) {
      CAPTURE(rate);
      ScopedClient client({.traces_sample_rate = rate});
      {
        const auto transaction = start_transaction({.op = "command", .name = "ban_user"});
        for (const int status : {200, 204, 301, 404, 503}) {
          auto span =
              start_span({.op = "http.client", .description = "GET https://chat.local/users?id=7"});
          client.clock().advance(40ms);
          span.set_data("http.response.status_code", status);
        }
        auto failed =
            start_span({.op = "http.client", .description = "GET https://chat.local/users"});
        failed.set_status(SpanStatus::internal_error);
        failed.finish();
        auto call = current_span().start_child({.op = "discord_api", .description = "fetch_guild"});
        client.clock().advance(5ms);
        call.set_status(SpanStatus::not_found);
        call.finish();
        call.finish();
      }
      const Figures figures = client.stats().figures;
      REQUIRE(figures.api.size() == 2);
      const ApiFigures& users = figures.api.at("chat.local/users");
      CHECK(users.timing.count == 6);
      CHECK(users.timing.max == doctest::Approx(40));
      CHECK(users.by_status == std::map<std::string, std::uint64_t>{
                                   {"2xx", 2}, {"3xx", 1}, {"4xx", 1}, {"5xx", 1}, {"none", 1}});
      const ApiFigures& guild = figures.api.at("fetch_guild");
      CHECK(guild.timing.mean == doctest::Approx(5));
      CHECK(guild.by_status == std::map<std::string, std::uint64_t>{{"4xx", 1}});
    }
  }

  TEST_CASE("explicit times of a span count, sampled or not") {
    for (const double rate : {0.0, 1.0}) {
      CAPTURE(rate);
      ScopedClient client({.traces_sample_rate = rate});
      {
        const auto transaction = start_transaction({.op = "command", .name = "ban_user"});
        const WallTime now = client.clock().wall();
        auto span = start_span({.op = "db", .description = "q", .start_time = now - 2s});
        client.clock().advance(1s);
        span.finish(now + 500ms);
      }
      CHECK(client.stats().figures.database.at("q").mean == doctest::Approx(2500));
    }
  }

  TEST_CASE("a thousand names are 256 and other") {  // S10.6 S13.5
    ScopedClient client({.traces_sample_rate = 0.0});
    {
      const auto transaction = start_transaction({.op = "command", .name = "ban_user"});
      for (int i = 0; i < 1000; ++i) {
        start_span({.op = "db", .description = "query " + std::to_string(i)}).finish();
      }
    }
    const Figures figures = client.stats().figures;
    CHECK(figures.database.size() == 257);
    CHECK(figures.database.at("other").count == 744);
  }

  TEST_CASE("statistics are JSON, names and all") {  // S10.6
    ScopedClient client({.traces_sample_rate = 1.0});
    capture_exception(shop::Timeout());
    {
      const auto transaction = start_transaction({.op = "command", .name = "ban_user"});
      start_span({.op = "http.client", .description = "say \"hi\"\n"}).finish();
    }
    static_cast<void>(client.captured());
    const auto parsed = parse_json(to_json(client.stats()));
    REQUIRE(parsed);
    const Value& json = *parsed;
    CHECK(json.at("figures.errors.total") == Value(1));
    CHECK(json.at("figures.errors_by_type.Timeout.last_minute") == Value(1));
    CHECK(json.at("figures.api.say \"hi\"\n.timing.count") == Value(1));
    CHECK(json.at("categories.error.sent") == Value(1));
    CHECK(json.at("delivery.is_reachable") == Value(true));
    CHECK(json.at("delivery.queue_items") == Value(0));
    CHECK(parse_json(to_json(Stats{})));
  }

  TEST_CASE("on_stats is called every interval") {  // S10.6
    std::mutex mutex;
    std::condition_variable came;
    std::vector<Stats> told;
    ScopedClient client({.on_stats =
                             [&](const Stats& stats) {
                               const std::lock_guard lock(mutex);
                               told.push_back(stats);
                               came.notify_all();
                               throw std::runtime_error("contained");
                             },
                         .stats_interval = 30s});
    const auto await = [&](std::size_t count) {
      std::unique_lock lock(mutex);
      came.wait_for(lock, 10s, [&] { return told.size() >= count; });
      return told.size();
    };
    capture_exception(std::runtime_error("x"));
    static_cast<void>(client.captured());
    CHECK(await(0) == 0);
    client.clock().advance(30s);
    REQUIRE(await(1) == 1);
    CHECK(told[0].figures.errors.total == 1);
    CHECK(told[0].errors().sent == 1);
    client.clock().advance(30s);
    CHECK(await(2) == 2);
  }

  TEST_CASE("off, and when they are not wanted, figures are zeros") {  // S10.6
    CHECK(Client().stats().figures == Figures{});
    ScopedClient client({.traces_sample_rate = 1.0, .enable_figures = false});
    capture_exception(std::runtime_error("x"));
    {
      const auto transaction = start_transaction({.op = "command", .name = "ban_user"});
      start_span({.op = "db", .description = "q"}).finish();
    }
    CHECK(client.stats().figures == Figures{});
  }
}

}  // namespace
}  // namespace picket
