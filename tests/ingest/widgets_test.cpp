#include "ingest/widgets.hpp"
#include "ingest/day_samples.hpp"
#include "ingest/plain_text.hpp"
#include "ingest/widget_tables.hpp"
#include "support/golden.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

namespace picket::ingest::tests {
namespace {

struct World {
  std::unique_ptr<IngestServer> server = std::move(IngestServer::start({}).value());
  Day day{*server};

  Widgets widgets(const std::vector<std::string>& tags = default_tags()) const {
    return widgets_of(server->received(), tags);
  }
};

void check_shape(const std::string& text) {
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    CAPTURE(line);
    CHECK(columns(line) <= 100);
    CHECK((line.empty() || line.back() != ' '));
    CHECK(line.find('\t') == line.npos);
  }
}

TEST_SUITE("ingest/widgets") {
  TEST_CASE("known traffic makes exactly the five tables") {  // S10.9
    World world;
    send_a_day(world.day);
    CHECK(world.server->received().complaints() == "");
    CHECK(test::golden_difference("ingest_widgets.json", to_json(widget_json(world.widgets()))) ==
          "");
  }

  TEST_CASE("the tables stand in columns") {  // S10.9
    World world;
    send_a_day(world.day);
    const std::string text = widget_tables(world.widgets());
    check_shape(text);
    std::ifstream file(PICKET_TESTS_DIR "/golden/ingest_widgets.txt", std::ios::binary);
    CHECK(text == std::string(std::istreambuf_iterator<char>(file), {}));
  }

  TEST_CASE("nothing received is five tables that say so") {  // S10.9
    World world;
    const std::string text = widget_tables(world.widgets({"feature"}));
    CHECK(text ==
          "── errors per command\n  none\n\n── durations per op\n  none\n\n"
          "── users per error\n  none\n\n── errors per release\n  none\n\n"
          "── values of the tag feature\n  none\n\n");
    CHECK(to_json(widget_json(world.widgets({}))) ==
          R"({"errors_per_command":[],"durations_per_op":[],"users_per_error":[],)"
          R"("errors_per_release":[],"tag_values":[]})");
  }

  TEST_CASE("without metrics the runs come from transactions and their outcome tags") {  // S10.9
    World world;
    const auto run = [&](std::string op, std::string status, Object tags) {
      world.day.send(DayTransaction{.from = 1,
                                    .milliseconds = 5,
                                    .op = std::move(op),
                                    .status = std::move(status),
                                    .command = "ban",
                                    .tags = std::move(tags)});
    };
    run("command", "ok", {});
    run("command.run", "internal_error", {});
    run("command", "invalid_argument", {{"command.outcome", "user_error"}});
    run("command", "ok", {{"command.success", "false"}});
    run("task", "internal_error", {});  // started by the command, not the command
    run("commander", "internal_error", {});
    const CommandRow row = world.widgets().commands.at(0);
    CHECK_FALSE(row.from_metrics);
    CHECK(row.runs.all == 4);
    CHECK(row.runs.failed == 2);
    CHECK(row.runs.user_errors == 1);
    CHECK(row.runs.failed_share() == doctest::Approx(2.0 / 3));
  }

  TEST_CASE("errors group by fingerprint, else by type, else by template") {  // S10.9
    World world;
    const auto send = [&](Object more) {
      world.day.send(DayError{.type = "Timeout", .user = "1", .more = std::move(more)});
    };
    send({});
    send({{"fingerprint", List{"{{ default }}"}}});
    send({{"fingerprint", List{"shard", 7}}});
    send({{"exception", nullptr}, {"message", "disk full"}});
    send({{"exception", nullptr},
          {"logentry", Object{{"message", "disk %s full"}, {"formatted", "disk a full"}}}});
    const auto groups = world.widgets().groups;
    REQUIRE(groups.size() == 4);
    CHECK(groups[0].group == "Timeout");
    CHECK(groups[0].errors == 2);
    CHECK(groups[1].group == "disk %s full");
    CHECK(groups[2].group == "disk full");
    CHECK(groups[3].group == "shard · 7");
  }

  TEST_CASE("a hostile name neither breaks a line nor a column") {  // S10.9
    World world;
    world.day.send(DayError{.type = std::string(300, 'x') + "\n\x1b[2J", .command = "a\tb\u202e"});
    check_shape(widget_tables(world.widgets()));
  }

  TEST_CASE("events that came twice count once") {  // S10.9
    World world;
    Client client(*world.server);
    client.post(event_envelope());
    client.post(event_envelope());
    CHECK(world.widgets().releases.at(0).errors == 1);
  }
}

}  // namespace
}  // namespace picket::ingest::tests
