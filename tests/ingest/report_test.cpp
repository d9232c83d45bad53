#include "ingest/report.hpp"
#include "ingest/alert_replay.hpp"
#include "ingest/day_samples.hpp"
#include "ingest/plain_text.hpp"

#include <doctest/doctest.h>

#include <sstream>

namespace picket::ingest::tests {
namespace {

using Kind = AlertChange::Kind;
using std::chrono::minutes;
using std::chrono::seconds;

WallTime noon(double offset) { return wall_time(kNoon + offset); }

struct World {
  std::unique_ptr<IngestServer> server = std::move(IngestServer::start({}).value());
  Day day{*server};

  void errors(int count, double from, double step, std::string_view kind = "api") {
    for (int i = 0; i < count; ++i) {
      day.send(DayError{.at = from + step * i, .tags = {{"error.type", kind}}});
    }
  }

  std::vector<AlertChange> alerts(WallTime until) {
    day.send_metrics();
    return replay_alerts(History(server->received()), default_rules(), until);
  }
};

void check_shape(const std::string& text) {
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    CAPTURE(line);
    CHECK(columns(line) <= 100);
    CHECK((line.empty() || line.back() != ' '));
  }
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

TEST_SUITE("ingest/alerts") {
  TEST_CASE(
      "ten errors in a minute are silent, the eleventh raises, the window ends it") {  // S10.8
    World world;
    world.errors(10, 0, 1);
    CHECK(world.alerts(noon(300)).empty());
    world.errors(1, 10.5, 0);
    const auto alerts = world.alerts(noon(300));
    REQUIRE(alerts.size() == 2);
    CHECK(alerts[0] == AlertChange{.kind = Kind::raised,
                                   .rule = "high_error_rate",
                                   .audience = "team",
                                   .figure = Figure::errors,
                                   .value = 11,
                                   .threshold = 10,
                                   .time = noon(10.5)});
    CHECK(alerts[1].kind == Kind::recovered);
    CHECK(alerts[1].value == 10);
    CHECK(alerts[1].time == noon(60));  // when the first of them left the window
  }

  TEST_CASE("an alert is silent while it stays, and can come back") {  // S10.8, D20
    World world;
    world.errors(30, 0, 0.5);
    world.errors(30, 200, 0.5);
    const auto alerts = world.alerts(noon(400));
    REQUIRE(alerts.size() == 4);
    CHECK(alerts[0].time == noon(5));
    CHECK(alerts[2].kind == Kind::raised);
    CHECK(alerts[2].time == noon(205));
    CHECK(world.alerts(noon(230)).size() == 3);  // the second recovery is yet to come
  }

  TEST_CASE("one error every six seconds never makes eleven in a minute") {  // S10.8
    World world;
    world.errors(40, 0, 6);
    CHECK(world.alerts(noon(400)).empty());
  }

  TEST_CASE("a run of five seconds is silent, a longer one raises with its name") {  // S10.8, D20
    World world;
    world.day.command(10, "quick", 5000);
    CHECK(world.alerts(noon(300)).empty());
    world.day.command(20, "slow", 6002);
    const auto alerts = world.alerts(noon(300));
    REQUIRE(alerts.size() == 2);
    CHECK(alerts[0].rule == "slow_command");
    CHECK(alerts[0].audience == "developers");
    CHECK(alerts[0].command == "slow");
    CHECK(alerts[0].value == doctest::Approx(6.002));
    CHECK(alerts[0].threshold == 5);
    CHECK(alerts[1].kind == Kind::recovered);
    CHECK(alerts[1].time == noon(80));
  }

  TEST_CASE("the sixth database error raises, for the infrastructure") {  // S10.8, D20
    World world;
    world.errors(5, 0, 1, "database");
    world.errors(4, 6, 1, "api");
    CHECK(world.alerts(noon(300)).empty());
    world.errors(1, 59, 0, "database");
    const auto alerts = world.alerts(noon(59.5));
    REQUIRE(alerts.size() == 1);
    CHECK(alerts[0].rule == "database_errors");
    CHECK(alerts[0].audience == "infrastructure");
    CHECK(alerts[0].value == 6);
  }

  TEST_CASE("items that came late and out of order are judged by their own times") {  // S10.8
    World world;
    for (int i = 10; i >= 0; --i) world.errors(1, 100.0 * i, 0);
    CHECK(world.alerts(noon(2000)).empty());
    for (int i = 10; i > 0; --i) world.errors(1, 500 + i, 0);
    const auto alerts = world.alerts(noon(2000));
    REQUIRE(alerts.size() == 2);
    CHECK(alerts[0].time == noon(510));
  }

  TEST_CASE("thousands of errors are replayed in no time") {  // S10.8
    World world;
    for (int i = 0; i < 2000; ++i) world.day.command(0.3 * i, "ban", 10, "failed");
    CHECK(world.alerts(noon(5000)).empty());
  }
}

TEST_SUITE("ingest/report") {
  TEST_CASE("a report has figures, alerts, widgets and gaps, as text and as JSON") {  // S10.9, D25
    World world;
    send_a_day(world.day);
    world.errors(11, 500, 0.5, "database");
    world.day.command(520, "slow", 6000);
    world.day.send_metrics();
    const Report report =
        report_on(world.server->received(), {.until = noon(1000), .rules = default_rules()});
    const std::string text = to_text(report);
    CAPTURE(text);
    check_shape(text);
    CHECK(holds(text, "── key figures, as of 2026-03-01T12:16:40.000Z\n"));
    CHECK(holds(text, "  errors                        0         19      19\n"));
    CHECK(holds(text, "  failed share              0.0 %             14.3 %\n"));
    CHECK(holds(text,
                "  command   reload                0         -         -         -         -\n"));
    CHECK(holds(text, "  /search    5    0    0    1     0\n"));
    CHECK(holds(text, "  12:08:25.000Z  raised     high_error_rate "));
    CHECK(holds(text, "  6.000 s  5.000 s  slow     developers\n"));
    CHECK(holds(text, "── errors per command\n"));
    CHECK(holds(text, "── fields that widgets need and that did not come\n  none\n"));

    const Value json = parse_json(to_json(report)).value();
    CHECK(json.at("figures.errors.total") == Value(19));
    CHECK(json.at("figures.commands.ban_user.failed.total") == Value(5));
    CHECK(json.at("figures.all_commands.user_errors.total") == Value(1));
    CHECK(json.at("figures.api.send_dm.by_status.none") == Value(40));
    CHECK(json.at("figures.affected_users") == Value(3));
    CHECK(json.at("alerts").as_list()->size() == 6);
    CHECK(json.at("alerts.0.change") == Value("raised"));
    CHECK(json.at("widgets.errors_per_release.0.release") == Value("bot@1.0.0"));
    CHECK(json.at("missing_fields").as_list()->empty());
  }

  TEST_CASE("a report on nothing says none, table by table") {  // S10.9
    World world;
    const Report report = report_on(world.server->received(), {.rules = default_rules()});
    const std::string text = to_text(report);
    CAPTURE(text);
    check_shape(text);
    CHECK(holds(text, "── alerts\n  none\n"));
    CHECK(holds(text, "── users per error\n  none\n"));
  }

  TEST_CASE("long and hostile names keep their place") {  // S10.9
    World world;
    const std::string longest = std::string(120, 'x') + "\n\x1b[2J";
    world.day.command(1, longest, 6000.5, "failed");
    world.day.metric(1, "distribution", "bot.api.call.duration", 1e5, {{"endpoint", longest}});
    world.day.send(DayError{.type = longest, .command = longest, .tags = {{"feature", longest}}});
    world.day.send_metrics();
    check_shape(
        to_text(report_on(world.server->received(), {.until = noon(5), .rules = default_rules()})));
  }

  TEST_CASE("the time of a report is absolute, or counts from the last thing that happened") {
    const WallTime last = noon(0), now = noon(100);
    CHECK(parse_until("now", last, now) == now);
    CHECK(parse_until("+61.5", last, now) == noon(61.5));
    CHECK(parse_until("1772366401", last, now) == noon(1));
    CHECK(parse_until("2026-03-01T12:00:02Z", last, now) == noon(2));
    for (const char* bad : {"", "+", "soon", "-3", "1e99", "+1+1", "99999999999999"}) {
      CAPTURE(bad);
      CHECK_FALSE(parse_until(bad, last, now));
    }
  }
}

}  // namespace
}  // namespace picket::ingest::tests
