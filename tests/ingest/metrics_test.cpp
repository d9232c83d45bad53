#include "ingest/rules.hpp"
#include "ingest/transcript.hpp"

#include <doctest/doctest.h>

namespace picket::ingest::tests {
namespace {

const Sound kMetrics = {R"({"dsn":"http://deadbeefdeadbeefdeadbeefdeadbeef@127.0.0.1:1/42"})",
                        R"({"type":"trace_metric","item_count":2,
        "content_type":"application/vnd.sentry.items.trace-metric+json"})",
                        R"({"version":2,"items":[
         {"timestamp":1772366400.5,"trace_id":"7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a",
          "span_id":"a1b2c3d4e5f60718","type":"distribution",
          "name":"bot.command.execution_time","value":12.5,"unit":"millisecond",
          "attributes":{"command":{"value":"ping","type":"string"},
                        "success":{"value":true,"type":"boolean"},
                        "retry_count":{"value":3,"type":"integer"},
                        "shards":{"value":[1,2],"type":"array"}}},
         {"timestamp":1772366400.5,"trace_id":"7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a",
          "type":"counter","name":"bot.command.usage","value":1}]})"};

std::string sound_metrics() { return changed({"sound", kMetrics, "", "", ""}); }

TEST_SUITE("ingest/metrics") {
  TEST_CASE("a malformed metric is rejected with its reason") {  // P2.7, P5.2, P5.3
    check_rejections({
        {"no time", kMetrics, "items.0.timestamp", "", "items.0.timestamp: is missing"},
        {"time as text", kMetrics, "items.0.timestamp", R"("2026-03-01T12:00:00Z")",
         "items.0.timestamp: is not a number of seconds"},
        {"no trace", kMetrics, "items.1.trace_id", "", "items.1.trace_id: is missing"},
        {"short trace", kMetrics, "items.0.trace_id", R"("7d1e")", "is not 32 hex digits"},
        {"short span", kMetrics, "items.0.span_id", R"("a1b2")", "is not 16 hex digits"},
        {"no name", kMetrics, "items.0.name", "", "items.0.name: is missing"},
        {"empty name", kMetrics, "items.0.name", R"("")", "items.0.name: is empty"},
        {"no type", kMetrics, "items.0.type", "", "is not counter, gauge or distribution"},
        {"retired type", kMetrics, "items.0.type", R"("set")",
         "is not counter, gauge or distribution"},
        {"value as text", kMetrics, "items.0.value", R"("12.5")", "items.0.value: is not a number"},
        {"infinite value", kMetrics, "items.0.value", "null", "items.0.value: is not a number"},
        {"unit as number", kMetrics, "items.0.unit", "3", "items.0.unit: is not a string"},
        {"attributes as list", kMetrics, "items.0.attributes", "[]",
         "items.0.attributes: is not an object"},
        {"record as text", kMetrics, "items.1", R"("ping")", "items.1: is not an object"},
        {"version as text", kMetrics, "version", R"("2")", "version: is not a version number"},
        {"one record too few", kMetrics, "items", "[]", "header.item_count: is 2, but there are 0"},
    });
  }

  TEST_CASE("what a server would drop or show wrongly is complained of") {  // P2.7, P5.2, P5.3
    check_complaints({
        {"sound", kMetrics, "", "", ""},
        {"name with blanks", kMetrics, "items.0.name", R"("execution time")",
         "items.0.name: holds more than letters"},
        {"counter with a unit", kMetrics, "items.1.unit", R"("none")",
         "items.1.unit: does not belong on a counter"},
        {"bare attribute", kMetrics, "items.0.attributes.command", R"("ping")",
         "is not an attribute type"},
        {"success as text", kMetrics, "items.0.attributes.success.value", R"("true")",
         "success.value: is not of type boolean"},
        {"more than 63 bits", kMetrics, "items.0.attributes.retry_count.value", "1e19",
         "is not a signed 64-bit integer"},
        {"the largest integer", kMetrics, "items.0.attributes.retry_count.value",
         "9223372036854774784", ""},
        {"mixed list", kMetrics, "items.0.attributes.shards.value", R"([1,"2"])",
         "has elements of several types"},
        {"whole numbers among fractions", kMetrics, "items.0.attributes.shards.value", "[1,2.5]",
         ""},
        {"settings of a later version", kMetrics, "version", "2", ""},
        {"nameless attribute", kMetrics, "items.1.attributes",
         R"({"":{"value":1,"type":"integer"}})", "has no name"},
    });
  }

  TEST_CASE("records are kept for questions, each observation once") {
    const auto server = IngestServer::start({});
    REQUIRE(server);
    Client client(**server);
    REQUIRE(client.post(sound_metrics()).status == 200);
    REQUIRE(client.post(sound_metrics()).status == 200);  // again: its first answer was lost

    const auto all = (*server)->received().metrics();
    REQUIRE(all.size() == 2);
    CHECK(all[0].type == "distribution");
    CHECK(all[0].value == 12.5);
    CHECK(all[0].unit == "millisecond");
    CHECK(all[0].timestamp == doctest::Approx(1772366400.5));
    CHECK(all[0].span_id == "a1b2c3d4e5f60718");
    CHECK(all[0].text("command") == "ping");
    CHECK(all[0].text("success") == "true");
    CHECK(all[0].text("no_such_thing").empty());
    CHECK((*server)->received().metrics("bot.command.usage").size() == 1);
    CHECK((*server)->received().metrics("command.usage").empty());
  }

  TEST_CASE("a metric is known with any prefix, and without") {  // T13
    const auto is_usage = [](std::string name) {
      MetricRecord record;
      record.name = std::move(name);
      return record.is("command.usage");
    };
    CHECK(is_usage("bot.command.usage"));
    CHECK(is_usage("shop.front.command.usage"));
    CHECK(is_usage("command.usage"));
    CHECK_FALSE(is_usage("subcommand.usage"));
    CHECK_FALSE(is_usage("command.usages"));
    CHECK_FALSE(is_usage("usage"));
  }

  TEST_CASE("the transcript shows a metric with its unit and attributes") {  // P5.3
    const auto server = IngestServer::start({});
    REQUIRE(server);
    Client(**server).post(sound_metrics());
    const std::string text = transcript(*(*server)->received().all().at(0));
    CAPTURE(text);
    CHECK(text.find("   trace_metric x 2\n") != text.npos);
    CHECK(text.find("     distribution bot.command.execution_time = 12.5 millisecond  command=ping"
                    "  success=true") != text.npos);
    CHECK(text.find("     counter      bot.command.usage = 1 \n") == text.npos);
    CHECK(text.find("     counter      bot.command.usage = 1\n") != text.npos);
  }
}

}  // namespace
}  // namespace picket::ingest::tests
