#include "ingest/history.hpp"
#include "ingest/call_names.hpp"
#include "ingest/day_samples.hpp"
#include "ingest/percentile.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace picket::ingest::tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

WallTime noon(double offset) { return wall_time(kNoon + offset); }

struct World {
  std::unique_ptr<IngestServer> server = std::move(IngestServer::start({}).value());
  Day day{*server};

  History history() {
    day.send_metrics();
    CHECK(server->received().complaints() == "");
    return History(server->received());
  }
};

TEST_SUITE("ingest/history") {
  TEST_CASE("errors count in sliding windows, in total, by kind and by type") {  // S10.1, D25
    World world;
    for (int i = 0; i < 12; ++i) {
      world.day.send(DayError{.at = 2.5 * i,
                              .type = i < 8 ? "Timeout" : "QueryError",
                              .user = std::to_string(i % 5),
                              .tags = {{"error.type", i < 8 ? "api" : "database"}}});
    }
    world.day.send(DayError{.at = 1, .more = {{"level", "warning"}}});
    const History history = world.history();

    const Figures busy = history.figures_at(noon(30));
    CHECK(busy.errors == Rate{12, 12, 12});
    CHECK(busy.errors_by_kind.at("api") == Rate{8, 8, 8});
    CHECK(busy.errors_by_type.at("QueryError") == Rate{4, 4, 4});
    CHECK(busy.database_errors == Rate{4, 4, 4});
    CHECK(busy.affected_users == 5);
    CHECK(history.figures_at(noon(91)).errors == Rate{0, 12, 12});
    CHECK(history.figures_at(noon(4000)).errors == Rate{0, 0, 12});
    CHECK(history.figures_at(noon(5)).errors == Rate{3, 3, 3});  // the rest is yet to come
  }

  TEST_CASE("commands have outcomes from their metrics, user errors apart") {  // S10.2, S10.5, D25
    World world;
    for (int i = 0; i < 6; ++i) world.day.command(i, "ban", 10.0 * (i + 1));
    for (int i = 0; i < 3; ++i) world.day.command(10 + i, "ban", 100, "failed");
    for (int i = 0; i < 4; ++i) world.day.command(20 + i, "ban", 1, "user_error");
    world.day.command(90, "ping", 7);
    world.day.command(91, "ping", -1, "failed");  // counted, but not timed
    const Figures figures = world.history().figures_at(noon(95));

    const CommandFigures& ban = figures.commands.at("ban");
    CHECK(ban.ok == Rate{0, 6, 6});
    CHECK(ban.failed == Rate{0, 3, 3});
    CHECK(ban.user_errors == Rate{0, 4, 4});
    CHECK(ban.failed_share == doctest::Approx(1.0 / 3));
    CHECK(ban.failed_share_last_minute == 0);
    CHECK(ban.timing.count == 13);
    CHECK(ban.timing.max == 100);
    CHECK(figures.commands.at("ping").timing.count == 1);
    CHECK(figures.commands.at("ping").failed.total == 1);
    CHECK(figures.commands.at("ping").failed_share_last_minute == 0.5);
    CHECK(figures.all_commands.ok.total == 7);
    CHECK(figures.all_commands.longest_last_minute == 7);
  }

  TEST_CASE("durations without a usage counter still tell the outcome") {  // S10.5
    World world;
    world.day.metric(1, "distribution", "shop.command.execution_time", 5,
                     {{"command", "pay"}, {"success", false}});
    world.day.metric(2, "distribution", "shop.command.execution_time", 5,
                     {{"command", "pay"}, {"success", true}});
    const Figures figures = world.history().figures_at(noon(3));
    CHECK(figures.commands.at("pay").failed.total == 1);
    CHECK(figures.commands.at("pay").ok.total == 1);
  }

  TEST_CASE("queries and calls are timed by metrics and by spans") {  // S10.3, S10.4, D25
    World world;
    const auto span = [](std::string op, std::string description, double ms, Object data = {}) {
      return DaySpan{.op = std::move(op),
                     .description = std::move(description),
                     .from = 1,
                     .milliseconds = ms,
                     .data = std::move(data)};
    };
    world.day.send(DayTransaction{
        .milliseconds = 3000,
        .spans = {span("database", "fetch_cases", 10), span("db.query", "fetch_cases", 30),
                  span("databases", "nothing", 1), span("cache.get", "nothing", 1),
                  span("discord_api", "send_dm", 15),
                  span("http.client", "GET https://chat.local/search", 100,
                       {{"http.response.status_code", 503}})}});
    world.day.metric(1, "distribution", "bot.database.operation.duration", 20,
                     {{"operation", "insert"}, {"table", "cases"}, {"success", false}});
    world.day.metric(1, "counter", "bot.database.failures", 1,
                     {{"operation", "insert"}, {"table", "cases"}, {"success", false}});
    world.day.metric(
        1, "distribution", "bot.api.call.duration", 40,
        {{"endpoint", "http://chat.local/search"}, {"status_code", 200}, {"success", true}});
    const Figures figures = world.history().figures_at(noon(10));

    REQUIRE(figures.database.size() == 2);
    CHECK(figures.database.at("fetch_cases").count == 2);
    CHECK(figures.database.at("insert cases").count == 1);
    CHECK(figures.database_errors == Rate{});  // an error counts when it is captured
    CHECK(figures.errors.total == 0);
    CHECK(figures.database.at("fetch_cases").mean == doctest::Approx(20));
    REQUIRE(figures.api.size() == 2);
    CHECK(figures.api.at("chat.local/search").by_status ==
          std::map<std::string, std::uint64_t>{{"2xx", 1}, {"5xx", 1}});
    CHECK(figures.api.at("send_dm").by_status == std::map<std::string, std::uint64_t>{{"none", 1}});
  }

  TEST_CASE("a call counts under host and path, whatever else its URL says") {  // S10.4
    CHECK(api_name("GET https://a:b@chat.local:8080/users?id=7#top") == "chat.local:8080/users");
    CHECK(api_name("/users?id=7") == "/users");
    CHECK(api_name("send_dm") == "send_dm");
    CHECK(api_name("send a message") == "send a message");
    CHECK(status_class(204) == "2xx");
    CHECK(status_class(599) == "5xx");
    CHECK(status_class(101) == "none");
    CHECK(status_class(0) == "none");
  }

  TEST_CASE("what the limiter held back is told by the next error") {  // S12.2
    World world;
    world.day.send(
        DayError{.more = {{"contexts", Object{{"picket", Object{{"suppressed", 495}}}}}}});
    CHECK(world.history().figures_at(noon(1)).suppressed == 495);
  }

  TEST_CASE("a window changes when something comes and when it leaves") {  // S10.8
    World world;
    world.day.send(DayError{.at = 0.25});
    world.day.command(10.5, "ban", 6000);
    const History history = world.history();
    CHECK(history.end() == noon(10.5));
    CHECK(history.turning_points(noon(70)) ==
          std::vector{noon(0.25), noon(10.5), noon(60), noon(70)});
    CHECK(history.windows_at(noon(69.9)).all_commands.longest_last_minute == 6000);
    CHECK(history.windows_at(noon(70)).all_commands.longest_last_minute == 0);
    CHECK(history.turning_points(noon(4000)).back() == noon(3600));
  }

  TEST_CASE("a percentile is a value that occurred") {
    std::vector<double> values;
    for (int i = 100; i > 0; --i) values.push_back(i);
    CHECK(percentile(values, 0.5) == 50);
    CHECK(percentile(values, 0.95) == 95);
    CHECK(percentile({3, 1, 2}, 0.5) == 2);
    CHECK(percentile({3}, 0.95) == 3);
    CHECK(percentile({}, 0.5) == 0);
  }
}

}  // namespace
}  // namespace picket::ingest::tests
