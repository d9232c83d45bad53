#include "driver/report.hpp"

#include "picket/json.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("demo/report");

namespace {

picket::Value parsed(const std::string& text) { return *picket::parse_json(text); }

constexpr const char* kReport = R"({"alerts":[
  {"change":"raised","rule":"slow_command","audience":"developers","value":6,"threshold":5,
   "time":1,"command":"slow"},
  {"change":"recovered","rule":"slow_command","audience":"developers","value":0,"threshold":5,
   "time":2,"command":null}]})";

}  // namespace

TEST_CASE("alerts of the bot's log and of the server's report read alike") {
  const std::vector<std::string> log{
      "bot info: started", "bot warning: alert raised slow_command developers 6.5 > 5 slow",
      "bot info: alert recovered slow_command developers 0 > 5", "bot info: alert nonsense"};

  const auto bot = demo::alerts_in(log);
  const auto server = demo::alerts_of(parsed(kReport));

  REQUIRE(bot.size() == 2);
  CHECK(bot[0].value == 6.5);
  CHECK(server.at(0).value == 6);
  CHECK(demo::to_text(bot) ==
        "raised slow_command developers > 5 slow\n"
        "recovered slow_command developers > 5");
  CHECK(demo::to_text(server) == demo::to_text(bot));
}

TEST_CASE("an alert that was raised below its threshold is not plausible") {
  CHECK(demo::Alert{.is_raised = true, .value = 11, .threshold = 10}.is_plausible());
  CHECK_FALSE(demo::Alert{.is_raised = true, .value = 10, .threshold = 10}.is_plausible());
  CHECK(demo::Alert{.is_raised = false, .value = 10, .threshold = 10}.is_plausible());
  CHECK_FALSE(demo::Alert{.is_raised = false, .value = 11, .threshold = 10}.is_plausible());
}

TEST_CASE("figures are compared in both directions, numbers within a tolerance") {
  const auto bot = parsed(R"({"same":1,"near":100,"far":100,"ours":{"a":1},"text":"x"})");
  const auto server = parsed(R"({"same":1,"near":101,"far":110,"theirs":2,"text":"y"})");

  CHECK(demo::differences(bot, server, 0.02) ==
        std::vector<std::string>{"far: bot 100, server 110", R"(ours: bot {"a":1}, server nothing)",
                                 R"(text: bot "x", server "y")", "theirs: bot nothing, server 2"});
  CHECK(demo::differences(bot, bot, 0).empty());
}

TEST_CASE("a difference says where it is") {
  CHECK(demo::differences(parsed(R"({"a":{"b":{"c":1}}})"), parsed(R"({"a":{"b":{"c":2}}})"), 0) ==
        std::vector<std::string>{"a/b/c: bot 1, server 2"});
}

TEST_CASE("a section of the report ends where the next begins") {
  const std::string report = "── alerts\n  none\n\n── errors\n  1\n";

  CHECK(demo::section_of(report, "alerts") == "── alerts\n  none\n\n");
  CHECK(demo::section_of(report, "errors") == "── errors\n  1\n");
  CHECK(demo::section_of(report, "users").empty());
}

TEST_SUITE_END();
