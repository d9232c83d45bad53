#include "ingest/client.hpp"
#include "ingest/json_lines.hpp"
#include "ingest/trace_samples.hpp"
#include "ingest/transcript.hpp"
#include "picket/json.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace picket::ingest::tests {
namespace {

EnvelopePointer receive(const std::string& bytes) {
  const auto server = IngestServer::start({});
  REQUIRE(server);
  Client(**server).post(bytes);
  REQUIRE((*server)->received().all().size() == 1);
  return (*server)->received().all()[0];
}

std::string reference(std::string_view name) {
  for (const Sample& sample : reference_envelopes()) {
    if (sample.name == name) return sample.bytes;
  }
  FAIL("there is no reference envelope ", name);
  return {};
}

std::size_t find(const std::string& text, std::string_view part) {
  CAPTURE(text);
  const std::size_t at = text.find(part);
  CHECK_MESSAGE(at != std::string::npos, "missing: ", part);
  return at;
}

TEST_SUITE("ingest/transcript") {
  TEST_CASE("an error reads like an issue page") {
    const std::string text = transcript(*receive(reference("native-crash.00.event")));
    find(text, "accepted, answered 200");
    find(text, "fatal  SIGSEGV: Segfault  #6570aa68");
    find(text, "SIGSEGV: Segfault  [signalhandler, unhandled, synthetic]");
    CHECK(find(text, "0x7f9220f10058") < find(text, "__libc_start_main"));  // newest first
    find(text, "release=test-example-release");
    find(text, "username=some_name");
    find(text, "expected-tag=some value");
    find(text, "os: ");
    find(text, "breadcrumbs (3)");
    find(text, "-0.000s debug    example!");
    find(text, "lf\\ncrlf");
    find(text, "build id abe2e770b9973966232de102fc8e4d60605149ef");
  }

  TEST_CASE("a chain of exceptions starts with the one that was thrown") {
    const std::string text = transcript(*receive(reference("node11-error.01.event")));
    CHECK(find(text, "Error: outer failure  [") < find(text, "caused by TypeError: inner failure"));
    find(text, "     * ");  // a frame of the application
  }

  TEST_CASE("every kind of item has its line") {
    struct Row {
      const char* name;
      const char* part;
    };
    for (const Row& row : {
             Row{"node11-transaction.00.transaction", "SELECT * FROM users"},
             Row{"node11-logs.00.log", "log x 6"},
             Row{"native-metrics.00.trace_metric", "test.gauge = 42.5 percent"},
             Row{"node11-stream.00.span", "streamed child"},
             Row{"native-session.00.event+session", "session "},
             Row{"cli-checkin_ok.00.check_in", "check-in nightly  in_progress"},
             Row{"node11-client_report.00.client_report", "before_send"},
             Row{"python-attachment.00.event+attachment", "attachment empty.txt  0 bytes"},
             Row{"native-feedback.00.feedback", "feedback  some-message"},
         }) {
      CAPTURE(row.name);
      find(transcript(*receive(reference(row.name))), row.part);
    }
  }

  TEST_CASE("mistakes stand below their item") {
    std::string body = event_envelope();
    body.replace(body.find("\"error\""), 7, "\"loud\"");
    find(transcript(*receive(body)), "   ! item 0 (event): level: is not a level");
    find(transcript(*receive("nonsense")), "REJECTED, answered 400: ");
  }

  TEST_CASE("a transaction's line tells its kind, duration, size and outcome") {
    const std::string text = transcript(*receive(reference("node11-transaction.00.transaction")));
    find(text, "transaction  GET /users/:id  #89aa7a1f  http.server  23.015 ms  3 spans  ok\n");
    find(text, "+0.013s      3.359 ms  function           internal_error   failing child");
    find(text, "measured  custom.size=12 byte");
    find(transcript(*receive(reference("python-transaction.01.transaction"))),
         "http.server  17.064 ms  3 spans  (no status)\n");
  }
}

TEST_SUITE("ingest/json_lines") {
  TEST_CASE("each envelope is one line with items, findings and the answer") {
    const std::string line =
        to_json_line(*receive(reference("python-attachment.00.event+attachment")));
    CHECK(line.find('\n') == std::string::npos);
    const auto json = parse_json(line);
    REQUIRE(json);
    CHECK(json->at("number").number_or(0) == 1);
    CHECK(json->at("verdict").text_or("") == "accepted");
    CHECK(json->at("response.status").number_or(0) == 200);
    CHECK(json->at("items.0.payload.message").text_or("") == "with attachments");
    CHECK(json->at("items.1.base64").text_or("") == "bGluZSBvbmUKbGluZSB0d28NCg==");
    CHECK(json->at("items.3.base64").text_or("?").empty());
    CHECK(json->at("headers.event_id").text_or("") == "34598cb562ca4bde880de2eaff11b77a");
  }

  TEST_CASE("a rejected envelope carries its reason") {
    const auto json = parse_json(to_json_line(*receive("{\"sent_at\":1}")));
    REQUIRE(json);
    CHECK(json->at("verdict").text_or("") == "rejected");
    CHECK(json->at("reason").text_or("") == "envelope: header.sent_at: is not an RFC 3339 string");
    CHECK(json->at("findings.0.severity").text_or("") == "reject");
    CHECK(json->at("findings.0.path").text_or("") == "header.sent_at");
  }

  TEST_CASE("a trace is one line, its nodes name their parents by index") {
    const Trace trace = trace_of(
        {transaction({1, 0, "task", "a", 0, 9, "ok", "a@1"}, {{2, 1, "db", "query", 1, 2}}),
         transaction({3, 2, "task", "b", -5000, 1, "", "b@1"}),
         message({2, 0, "error", "broken", 1.2, 0, "", "a@1"}),
         transaction({4, 99, "task", "c", 20, 1, "aborted", "c@1"})});
    const std::string line = to_json_line(trace);
    CHECK(line.find('\n') == std::string::npos);
    const auto json = parse_json(line);
    REQUIRE(json);
    CHECK(json->at("trace_id").text_or("") == kTraceId);
    const List* nodes = json->at("nodes").as_list();
    REQUIRE(nodes != nullptr);
    REQUIRE(nodes->size() == 6);
    const auto node = [&](std::size_t i) { return to_json((*nodes)[i]); };
    CHECK(node(0) ==
          R"({"index":0,"kind":"transaction","span_id":"0000000000000001",)"
          R"("event_id":"00000000000000000000000000000001","op":"task","name":"a","status":"ok",)"
          R"("start":1772366400,"end":1772366400.009,"sender":{"release":"a@1"}})");
    CHECK(json->at("nodes.1.parent") == Value(0));
    CHECK(json->at("nodes.1.kind").text_or("") == "span");
    CHECK(json->at("nodes.2.kind").text_or("") == "event");
    CHECK(json->at("nodes.2.parent") == Value(1));
    CHECK(json->at("nodes.3.name").text_or("") == "b");
    CHECK(json->at("nodes.3.parent") == Value(1));
    CHECK(json->at("nodes.3.clock_shift").number_or(0) == doctest::Approx(5.0015));
    CHECK(node(4) == R"({"index":4,"kind":"missing","span_id":"0000000000000063"})");
    CHECK(json->at("nodes.5.parent") == Value(4));
    CHECK(json->at("nodes.5.parent_span_id").text_or("") == "0000000000000063");
  }
}

}  // namespace
}  // namespace picket::ingest::tests
