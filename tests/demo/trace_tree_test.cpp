#include "driver/trace_tree.hpp"

#include "picket/json.hpp"

#include <string>

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("demo/trace_tree");

namespace {

constexpr const char* kTraceId = "0123456789abcdef0123456789abcdef";

picket::Value parsed(std::string text) {
  for (auto at = text.find("TRACE"); at != std::string::npos; at = text.find("TRACE")) {
    text.replace(at, 5, kTraceId);
  }
  return *picket::parse_json(text);
}

picket::Value command() {
  return parsed(R"({"type":"transaction","transaction":"search","release":"bot@1",
    "start_timestamp":"2026-01-02T03:04:05.000Z","timestamp":"2026-01-02T03:04:06.000Z",
    "contexts":{"trace":{"trace_id":"TRACE","span_id":"1000000000000000","op":"command",
                         "status":"ok"}},
    "spans":[
      {"trace_id":"TRACE","span_id":"3000000000000000","parent_span_id":"2000000000000000",
       "op":"http.client","description":"GET http://127.0.0.1:40123/search","status":"ok",
       "start_timestamp":"2026-01-02T03:04:05.200Z","timestamp":"2026-01-02T03:04:05.800Z"},
      {"trace_id":"TRACE","span_id":"2000000000000000","parent_span_id":"1000000000000000",
       "op":"discord_api","description":"search","status":"ok",
       "start_timestamp":"2026-01-02T03:04:05.100Z","timestamp":"2026-01-02T03:04:05.900Z"}]})");
}

picket::Value served() {
  return parsed(R"({"type":"transaction","transaction":"GET /search","release":"chat@2",
    "start_timestamp":"2026-01-02T03:04:05.300Z","timestamp":"2026-01-02T03:04:05.400Z",
    "contexts":{"trace":{"trace_id":"TRACE","span_id":"4000000000000000",
                         "parent_span_id":"3000000000000000","op":"http.server","status":"ok"}},
    "spans":[]})");
}

picket::Value failure() {
  return parsed(R"({"level":"error","timestamp":"2026-01-02T03:04:05.500Z",
    "contexts":{"trace":{"trace_id":"TRACE","span_id":"2000000000000000"}},
    "exception":{"values":[{"type":"Timeout","value":"late"}]}})");
}

}  // namespace

TEST_CASE("a trace is one tree, whatever came from where and in which order") {
  demo::Arrivals arrivals;
  arrivals.transactions = {served(), command()};
  arrivals.events = {failure()};

  CHECK(demo::trace_tree(arrivals, kTraceId) ==
        "command search: ok [bot@1]\n"
        "  discord_api search: ok\n"
        "    http.client GET http://127.0.0.1/search: ok\n"
        "      http.server GET /search: ok [chat@2]\n"
        "    error Timeout: late");
}

TEST_CASE("what names a parent that did not arrive stands apart") {
  demo::Arrivals arrivals;
  arrivals.transactions = {served()};

  CHECK(demo::trace_tree(arrivals, kTraceId) ==
        "missing span\n"
        "  http.server GET /search: ok [chat@2]");
}

TEST_CASE("other traces are left out") {
  demo::Arrivals arrivals;
  arrivals.transactions = {command()};

  CHECK(demo::trace_tree(arrivals, "ffffffffffffffffffffffffffffffff").empty());
}

TEST_CASE("spans are found by what they are about") {
  const picket::Value transaction = command();

  CHECK(demo::span_of(transaction, "discord_api", "search").at("status").text_or("") == "ok");
  CHECK(demo::span_of(transaction, "discord_api", "send_dm").is_null());
  CHECK(demo::spans_of(transaction, "http.client").size() == 1);
  CHECK(demo::spans_of(transaction, "database").empty());
}

TEST_SUITE_END();
