#include "ingest/required_fields.hpp"
#include "ingest/day_samples.hpp"

#include <doctest/doctest.h>

namespace picket::ingest::tests {
namespace {

using Lines = std::vector<std::string>;

struct World {
  std::unique_ptr<IngestServer> server = std::move(IngestServer::start({}).value());
  Day day{*server};

  Lines missing(CommandItems items = CommandItems::by_data) const {
    return missing_fields(server->received(), items);
  }
};

TEST_SUITE("ingest/required_fields") {
  TEST_CASE("a command run that tells everything has nothing missing") {  // S10.10
    World world;
    world.day.send(DayError{.command = "ban", .user = "1"});
    world.day.send(DayTransaction{.command = "ban", .user = "1", .spans = {{.op = "db"}}});
    world.day.command(1, "ban", 5);
    world.day.send_metrics();
    CHECK(world.missing() == Lines{});
    CHECK(world.missing(CommandItems::all) == Lines{});
  }

  TEST_CASE("one missing field is told with its item") {  // S10.10
    World world;
    SUBCASE("user") {
      world.day.send(DayError{.command = "ban"});
      CHECK(world.missing() == Lines{"#1 event 10000000: no user.id"});
    }
    SUBCASE("release") {
      world.day.release.clear();
      world.day.send(DayError{.command = "ban", .user = "1"});
      CHECK(world.missing() == Lines{"#1 event 10000000: no release"});
    }
    SUBCASE("environment") {
      world.day.send(DayError{.command = "ban", .user = "1", .more = {{"environment", ""}}});
      CHECK(world.missing() == Lines{"#1 event 10000000: no environment"});
    }
    SUBCASE("command") {
      world.day.send(DayError{
          .user = "1", .more = {{"contexts", Object{{"command", Object{{"command", "ban"}}}}}}});
      CHECK(world.missing() == Lines{"#1 event 10000000: no tag command.name"});
    }
    SUBCASE("op of a transaction") {
      world.day.send(DayTransaction{.op = "", .command = "ban", .user = "1"});
      CHECK(world.missing() == Lines{"#1 transaction 11000000: no op"});
    }
    SUBCASE("op of a span") {
      world.day.send(DayTransaction{.command = "ban", .user = "1", .spans = {{.op = ""}}});
      CHECK(world.missing() == Lines{"#1 transaction 11000000, span a000000000000004: no op"});
    }
    SUBCASE("release of a metric") {
      world.day.release.clear();
      world.day.metric(1, "counter", "bot.command.usage", 1, {{"command", "ban"}});
      world.day.send_metrics();
      CHECK(world.missing() ==
            Lines{"#1 trace_metric bot.command.usage: no attribute sentry.release"});
    }
    SUBCASE("command of a metric") {
      world.day.metric(1, "counter", "bot.command.usage", 1, {});
      world.day.send_metrics();
      CHECK(world.missing() == Lines{"#1 trace_metric bot.command.usage: no attribute command"});
    }
  }

  TEST_CASE("a bare error in the trace of a command belongs to it") {  // S10.10
    World world;
    const Object trace{{"trace_id", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a"},
                       {"span_id", "a1b2c3d4e5f60718"}};
    const Object contexts{{"trace", trace}};
    world.day.send(DayError{.command = "ban", .user = "1", .more = {{"contexts", contexts}}});
    world.day.send(DayError{.more = {{"contexts", contexts}}});
    CHECK(world.missing() ==
          Lines{"#2 event 10000000: no tag command.name", "#2 event 10000000: no user.id"});
    world.day.release = "chat@2.0.0";  // a service that the command called
    world.day.send(DayError{.more = {{"contexts", contexts}}});
    CHECK(world.missing().size() == 2);
  }

  TEST_CASE(
      "a task has neither command nor user, unless all is said to be a command's") {  // S10.10
    World world;
    world.day.send(DayTransaction{.op = "task"});
    CHECK(world.missing() == Lines{});
    CHECK(world.missing(CommandItems::all) == Lines{"#1 transaction 11000000: no tag command.name",
                                                    "#1 transaction 11000000: no user.id"});
  }
}

}  // namespace
}  // namespace picket::ingest::tests
