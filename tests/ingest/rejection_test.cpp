// What Sentry refuses, and what it repairs: one row per rule, with the words of the reason.
// The rules of transactions and spans are in trace_rules_test.cpp, those of the trace header in
// trace_header_rules_test.cpp.

#include "ingest/client.hpp"

#include <doctest/doctest.h>

namespace picket::ingest::tests {
namespace {

const std::string kId = "0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2b";
const std::string kTrace = "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a";
const std::string kHeader = R"({"event_id":")" + kId +
                            R"("})"
                            "\n";
const std::string kLogType =
    R"("type":"log","content_type":"application/vnd.sentry.items.log+json")";

std::string item(const std::string& header, const std::string& payload) {
  return "{" + header + "}\n" + payload + "\n";
}

std::string event(const std::string& members) {
  return kHeader + item(R"("type":"event")",
                        R"({"timestamp":1772366400,"platform":"native")" + members + "}");
}

std::string of_type(const std::string& type, const std::string& payload) {
  return kHeader + item(R"("type":")" + type + R"(")", payload);
}

std::string log_container(const std::string& record, int count = 1) {
  return "{}\n" + item(kLogType + R"(,"item_count":)" + std::to_string(count),
                       R"({"items":[)" + record + "]}");
}

std::string exception(const std::string& members) {
  return event(R"(,"exception":{"values":[{)" + members + "}]}");
}

std::string frame(const std::string& members) {
  return exception(R"("type":"E","stacktrace":{"frames":[{)" + members + "}]}");
}

struct Row {
  const char* name;
  std::string body;
  std::string reason;  // the finding, as text
};

const std::string kSession = R"("sid":")" + kId + R"(","started":"2026-03-01T12:00:00Z")";
const std::string kAttrs = R"(,"attrs":{"release":"shop@1"})";
const std::string kLog =
    R"({"timestamp":1,"trace_id":")" + kTrace + R"(","level":"info","body":"up"})";

const Row kRejected[] = {
    // P2.3
    {"sent_at twice",
     R"({"sent_at":"2026-03-01T12:00:00Z","a":{},"sent_at":"2026-03-01T12:00:00Z"})",
     "envelope: header.sent_at: occurs twice"},
    {"sent_at is no date", R"({"sent_at":"yesterday"})", "header.sent_at: is not an RFC 3339"},
    {"sent_at is a number", R"({"sent_at":1772366400})", "header.sent_at: is not an RFC 3339"},
    {"event id too short", R"({"event_id":"abc"})", "header.event_id: is not a UUID"},
    {"event id all zeros", R"({"event_id":"00000000000000000000000000000000"})",
     "header.event_id: is all zeros"},
    // P2.6, P2.8
    {"reserved type", of_type("security", "{}"), "item 0 (security): header.type: is reserved"},
    {"two events", event("") + item(R"("type":"event")", R"({"timestamp":1})"),
     "has 2 items of type event"},
    {"event and transaction",
     event("") + item(R"("type":"transaction")",
                      R"({"type":"transaction","start_timestamp":1,"timestamp":2})"),
     "exclude each other"},
    {"payload is no JSON", of_type("event", "{\"a\":"), "item 0 (event): the payload is not JSON"},
    {"payload is a list", of_type("event", "[]"),
     "item 0 (event): the payload is not a JSON object"},
    // P0.2
    {"negative time", of_type("event", R"({"timestamp":-1,"platform":"native"})"),
     "item 0 (event): timestamp: lies before 1970"},
    {"negative time as text",
     of_type("event", R"({"timestamp":"1969-12-31T23:59:59Z","platform":"native"})"),
     "item 0 (event): timestamp: lies before 1970"},
    // P2.4, P2.7, P5.1
    {"container without count", "{}\n" + item(kLogType, R"({"items":[]})"),
     "header.item_count: is missing"},
    {"container with a wrong count", log_container(kLog, 2),
     "header.item_count: is 2, but there are 1 records"},
    {"container without content type",
     "{}\n" + item(R"("type":"log","item_count":0)", R"({"items":[]})"), "header.content_type"},
    {"container without items", "{}\n" + item(kLogType + R"(,"item_count":0)", "{}"),
     "items: is not a list"},
    {"log with a time in words",
     log_container(R"({"timestamp":"2026-03-01T12:00:00Z","trace_id":")" + kTrace +
                   R"(","level":"info","body":"up"})"),
     "item 0 (log): items.0.timestamp: is not a number of seconds"},
    {"log without trace", log_container(R"({"timestamp":1,"level":"info","body":"up"})"),
     "items.0.trace_id: is missing"},
    {"log without body",
     log_container(R"({"timestamp":1,"trace_id":")" + kTrace + R"(","level":"info"})"),
     "items.0.body: is missing"},
    // P5.3
    {"metric of unknown type",
     "{}\n" + item(R"("type":"trace_metric","item_count":1,"content_type":)"
                   R"("application/vnd.sentry.items.trace-metric+json")",
                   R"({"items":[{"timestamp":1,"trace_id":")" + kTrace +
                       R"(","type":"set","name":"a","value":1}]})"),
     "items.0.type: is not counter, gauge or distribution"},
    // P5.4, P5.5
    {"session without release", of_type("session", "{" + kSession + R"(,"attrs":{}})"),
     "item 0 (session): attrs.release: is missing"},
    {"session with a bad release",
     of_type("session", "{" + kSession + R"(,"attrs":{"release":"a/b"}})"),
     "attrs.release: is not a valid release"},
    {"session without id",
     of_type("session", R"({"started":"2026-03-01T12:00:00Z")" + kAttrs + "}"), "sid: is missing"},
    {"session started at a number",
     of_type("session", R"({"sid":")" + kId + R"(","started":1)" + kAttrs + "}"),
     "started: is not an RFC 3339 string"},
    {"aggregates without list", of_type("sessions", R"({"attrs":{"release":"a"}})"),
     "aggregates: is not a list"},
    // P5.6
    {"check-in without slug",
     of_type("check_in", R"({"check_in_id":")" + kId + R"(","status":"ok"})"),
     "item 0 (check_in): monitor_slug: is missing"},
    {"check-in with a server status",
     of_type("check_in",
             R"({"check_in_id":")" + kId + R"(","monitor_slug":"a","status":"missed"})"),
     "status: is not in_progress, ok or error"},
    {"check-in with a bad unit",
     of_type("check_in", R"({"check_in_id":")" + kId +
                             R"(","monitor_slug":"a","status":"ok","monitor_config":{"schedule":)" +
                             R"({"type":"interval","value":1,"unit":"second"}}})"),
     "monitor_config.schedule.unit"},
    // P5.7
    {"feedback without message", of_type("feedback", R"({"timestamp":1,"platform":"native"})"),
     "contexts.feedback.message: is missing"},
    // P5.9
    {"report without quantity",
     of_type("client_report",
             R"({"discarded_events":[{"reason":"before_send","category":"error"}]})"),
     "discarded_events.0.quantity: is not a count"},
    {"report without list", of_type("client_report", "{}"), "discarded_events: is not a list"},
};

// P2.1, P2.2; the wording is the reader's.
const Row kMalformed[] = {
    {"nothing", "", ""},
    {"header is no object", "[]\n", ""},
    {"header is no JSON", "hello\n", ""},
    {"item without type", "{}\n{\"length\":1}\na\n", "item 0"},
    {"item header is a list", "{}\n[]\na\n", "item 0"},
    {"short payload", "{}\n{\"type\":\"x\",\"length\":5}\nabc", "item 0"},
    {"long payload", "{}\n{\"type\":\"x\",\"length\":3}\nabcd\n", "item 0"},
    {"negative length", "{}\n{\"type\":\"x\",\"length\":-1}\nabc\n", "item 0"},
    {"fraction as length", "{}\n{\"type\":\"x\",\"length\":1.5}\nabc\n", "item 0"},
};

const Row kRepaired[] = {
    {"clean", event(R"(,"level":"error","tags":{"a.b":"c"})"), ""},
    {"no event id", "{}\n" + item(R"("type":"event")", R"({"timestamp":1,"platform":"c"})"),
     "envelope: header.event_id: is missing"},
    {"payload id differs", event(R"(,"event_id":"1b3fd1a9c5e74d2f8a6b7c8d9e0f1a2b")"),
     "item 0 (event): event_id: differs"},
    {"unknown item type", of_type("novelty", "{}"), "header.type: is unknown"},
    {"internal item header",
     kHeader + item(R"("type":"event","rate_limited":true)", R"({"timestamp":1,"platform":"c"})"),
     "header.rate_limited: is internal"},
    {"attachment without name", kHeader + item(R"("type":"attachment")", "abc"),
     "header.filename: is missing"},
    {"trace on logs",
     R"({"trace":{"trace_id":")" + kTrace + R"(","public_key":"a"}})" +
         log_container(kLog).substr(2),
     "header.trace: must not stand on logs"},
    {"level", event(R"(,"level":"loud")"), "level: is not a level"},
    {"platform", of_type("event", R"({"timestamp":1,"platform":"cobol"})"), "platform: is unknown"},
    {"time in words", of_type("event", R"({"timestamp":"noon","platform":"c"})"),
     "timestamp: is neither"},
    {"tag key", event(R"(,"tags":{"a b":"c"})"), "tags.a b: is not a valid tag key"},
    {"tag value", event(R"(,"tags":{"a":""})"), "tags.a: is empty"},
    {"tag object", event(R"(,"tags":{"a":{}})"), "tags.a: is not text"},
    {"release", event(R"(,"release":"a/b")"), "release: is not a valid release"},
    {"latest", event(R"(,"release":"Latest")"), "release: is not a valid release"},
    {"environment", event(R"(,"environment":"none")"), "environment: is not a valid"},
    {"empty exception", exception(""), "exception.values.0: has neither type nor value"},
    {"mechanism", exception(R"("type":"E","mechanism":{"handled":true})"),
     "exception.values.0.mechanism.type: is missing"},
    {"orphan exception", exception(R"("type":"E","mechanism":{"type":"a","parent_id":3})"),
     "mechanism.parent_id: names no exception_id"},
    {"no frames", exception(R"("type":"E","stacktrace":{"frames":[]})"),
     "exception.values.0.stacktrace.frames: is not a list of frames"},
    {"bare frame", frame(R"("in_app":true)"),
     "frames.0: has none of filename, function, instruction_addr"},
    {"line 0", frame(R"("function":"f","lineno":0)"), "frames.0.lineno: is not a number from 1"},
    {"address number", frame(R"("instruction_addr":4096)"), "instruction_addr: is not a hex"},
    {"address without 0x", frame(R"("instruction_addr":"abc")"), "instruction_addr: is not a hex"},
    {"breadcrumb level", event(R"(,"breadcrumbs":[{"timestamp":1,"level":"warn"}])"),
     "breadcrumbs.0.level: is not a level"},
    {"breadcrumb time", event(R"(,"breadcrumbs":{"values":[{"timestamp":-1}]})"),
     "breadcrumbs.values.0.timestamp: is not a time"},
    {"span id", event(R"(,"contexts":{"trace":{"trace_id":")" + kTrace + R"(","span_id":"12"}})"),
     "contexts.trace.span_id: is not 16 hex digits"},
    {"context", event(R"(,"contexts":{"a":"b"})"), "contexts.a: is not an object"},
    {"image",
     event(R"(,"debug_meta":{"images":[{"type":"elf","image_addr":"0x1",)"
           R"("debug_id":"abc"}]})"),
     "debug_meta.images.0.debug_id: is not a debug id"},
    {"server's keys", event(R"(,"culprit":"a")"), "culprit: is not for clients"},
    {"log level",
     log_container(R"({"timestamp":1,"trace_id":")" + kTrace +
                   R"(","level":"warning","body":"up"})"),
     "items.0.level: is not trace, debug, info, warn, error or fatal"},
    {"attribute type",
     log_container(
         R"({"timestamp":1,"trace_id":")" + kTrace +
         R"(","level":"info","body":"up","attributes":{"a":{"value":1,"type":"string"}}})"),
     "attributes.a.value: is not of type string"},
    {"crashed session",
     of_type("session", "{" + kSession + R"(,"status":"crashed")" + kAttrs + "}"),
     "errors: is not at least 1"},
    {"report category",
     of_type("client_report",
             R"({"discarded_events":[{"reason":"luck","category":"error","quantity":1}]})"),
     "discarded_events.0.reason: is not a discard reason"},
};

std::unique_ptr<IngestServer> start() {
  auto server = IngestServer::start({});
  REQUIRE(server);
  return std::move(*server);
}

TEST_SUITE("ingest/validate") {
  TEST_CASE("what Sentry refuses is answered with 400 and the place of the mistake") {
    const auto server = start();
    Client client(*server);
    for (const Row& row : kRejected) {
      CAPTURE(row.name);
      const Answer answer = client.post(row.body);
      CHECK(answer.status == 400);
      CAPTURE(server->received().all().back()->reason);
      CHECK(server->received().all().back()->reason.find(row.reason) != std::string::npos);
      CHECK(answer.body.find("detail") != std::string::npos);
    }
    CHECK(server->received().accepted().empty());
  }

  TEST_CASE("what breaks the grammar is answered with 400") {  // S9.5
    const auto server = start();
    Client client(*server);
    for (const Row& row : kMalformed) {
      CAPTURE(row.name);
      CHECK(client.post(row.body).status == 400);
      CAPTURE(server->received().all().back()->reason);
      CHECK(server->received().all().back()->reason.find(row.reason) != std::string::npos);
    }
  }

  TEST_CASE("what Sentry repairs or drops is accepted with a warning") {
    const auto server = start();
    Client client(*server);
    for (const Row& row : kRepaired) {
      CAPTURE(row.name);
      server->received().clear();
      const Answer answer = client.post(row.body);
      CHECK_MESSAGE(answer.status == 200, answer.body);
      const std::string complaints = server->received().complaints();
      CAPTURE(complaints);
      CHECK(complaints.find(row.reason) != std::string::npos);
      CHECK(complaints.empty() == row.reason.empty());
    }
  }

  TEST_CASE("an item over its limit is answered with 413") {  // P1.11
    const auto server = start();
    Client client(*server);
    const std::string padding(102'500, 'x');
    CHECK(client
              .post(of_type("check_in", R"({"check_in_id":")" + kId +
                                            R"(","monitor_slug":"a","status":"ok","x":")" +
                                            padding + "\"}"))
              .status == 413);
    std::string sessions = kHeader;
    for (int i = 0; i < 101; ++i) {
      sessions += item(R"("type":"session")", "{" + kSession + kAttrs + "}");
    }
    CHECK(client.post(sessions).status == 413);
  }
}

}  // namespace
}  // namespace picket::ingest::tests
