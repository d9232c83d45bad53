#include "ingest/trace.hpp"
#include "ingest/trace_samples.hpp"
#include "picket/json.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

namespace picket::ingest::tests {
namespace {

std::string names(const TraceNodes& nodes) {
  std::string text;
  for (const TraceNode* node : nodes) {
    text += std::string(node->depth, '-') + (node->kind == TraceNodeKind::missing ? "?" : "") +
            node->name + ' ';
  }
  return text;
}

const SampleSpan kShop = {1, 0, "http.server", "GET /cart", 0, 250, "ok", "shop@1"};
const SampleSpan kCall = {2, 1, "http.client", "POST /reserve", 70, 120, "", ""};
const SampleSpan kStock = {3, 2, "http.server", "POST /reserve", 90, 80, "ok", "stock@2"};
const SampleSpan kQuery = {4, 3, "db.query", "UPDATE items", 100, 20, "", ""};

TEST_SUITE("ingest/trace") {
  TEST_CASE("a transaction hangs below the span of the process that called it") {
    const Trace trace = trace_of({transaction(kStock, {kQuery}), transaction(kShop, {kCall})});
    CHECK(trace.id() == kTraceId);
    CHECK(names(trace.nodes()) == "GET /cart -POST /reserve --POST /reserve ---UPDATE items ");
    const TraceNode* query = trace.only_with_op("db.query");
    REQUIRE(query != nullptr);
    CHECK(query->sender.release == "stock@2");
    CHECK(query->transaction == query->parent);
    CHECK(query->transaction->transaction == query->transaction);
    CHECK(query->parent->parent == trace.only_with_op("http.client"));
    CHECK(query->parent->parent->sender.release == "shop@1");
    CHECK(query->parent->parent->parent == trace.find(span_id(1)));
    CHECK(trace.find(span_id(1))->parent == nullptr);
    CHECK(trace.find(span_id(1))->children == TraceNodes{trace.only_with_op("http.client")});
    CHECK(query->milliseconds() == doctest::Approx(20));
    CHECK(query->depth == 3);
  }

  TEST_CASE("a question for the only one is not answered when there are two or none") {
    const Trace trace = trace_of({transaction(kShop, {kCall}), transaction(kStock)});
    CHECK(trace.only_with_op("http.server") == nullptr);
    CHECK(trace.with_op("http.server").size() == 2);
    CHECK(trace.only_with_op("mail") == nullptr);
    CHECK(trace.only_named("POST /reserve") == nullptr);
    CHECK(trace.named("POST /reserve").size() == 2);
    CHECK(trace.only_named("GET /cart") == trace.find(span_id(1)));
    CHECK(trace.find("ffffffffffffffff") == nullptr);
  }

  TEST_CASE("the order of arrival changes nothing") {
    std::vector<TraceItem> items{transaction(kShop, {kCall, {9, 1, "task", "same start", 70, 0}}),
                                 transaction(kStock, {kQuery, {8, 77, "task", "orphan", 110, 1}}),
                                 message({5, 2, "info", "paid", 80, 0, "", "pay@3"}),
                                 message({2, 0, "error", "late", 180, 0, "", "shop@1"})};
    const std::string expected = names(trace_of(items).nodes());
    CHECK(expected ==
          "GET /cart -POST /reserve --paid --POST /reserve ---UPDATE items ---? ----orphan --late "
          "-same start ");
    std::mt19937 random(7);
    for (int i = 0; i < 20; ++i) {
      std::shuffle(items.begin(), items.end(), random);
      CHECK(names(trace_of(items).nodes()) == expected);
    }
  }

  TEST_CASE("ids are read in any letter case") {
    const TraceItem upper{
        "transaction",
        std::make_shared<const Value>(*parse_json(
            R"({"transaction":"b","start_timestamp":"2026-03-01T12:00:00.1Z","timestamp":1772366401,
            "contexts":{"trace":{"trace_id":"7D1E4C0A9B2F4E6D8C3A5B7F9E1D2C4A",
            "span_id":"ABCDEFABCDEFABCD","parent_span_id":"0000000000000001"}}})"))};
    const Trace trace = trace_of({upper, transaction(kShop)});
    REQUIRE(trace.find("abcdefABCDEFabcd") != nullptr);
    CHECK(trace.find("abcdefABCDEFabcd")->parent == trace.find(span_id(1)));
    CHECK(trace.find("abcdefABCDEFabcd")->start == doctest::Approx(at(100)).epsilon(1e-12));
  }

  TEST_CASE("children of a parent that never arrived share a stand-in") {
    const Trace trace = trace_of(
        {transaction({3, 99, "task", "b", 20, 5}), transaction({2, 99, "task", "a", 10, 5}),
         transaction(kShop, {{4, 98, "task", "c", 50, 5}, {5, 98, "task", "d", 60, 5}}),
         transaction({6, 0, "task", "late", 30, 5})});
    CHECK(names(trace.nodes()) == "GET /cart -? --c --d ? -a -b late ");
    const TraceNode* a = trace.only_named("a");
    REQUIRE(a != nullptr);
    CHECK(a->is_orphan());
    CHECK(a->parent->span_id == span_id(99));
    CHECK(a->parent == trace.only_named("b")->parent);
    CHECK(trace.only_named("c")->parent->parent == trace.only_named("GET /cart"));
    CHECK(trace.of_kind(TraceNodeKind::missing).size() == 2);
    CHECK_FALSE(trace.only_named("GET /cart")->is_orphan());
  }

  TEST_CASE("what one transaction lost says nothing about another") {
    const Trace trace = trace_of({transaction(kShop, {{4, 98, "task", "c", 50, 5}}),
                                  transaction({6, 98, "task", "elsewhere", 70, 5})});
    CHECK(names(trace.nodes()) == "GET /cart -? --c ? -elsewhere ");
  }

  TEST_CASE("a span that names no parent hangs in the transaction it came in") {
    const Trace trace = trace_of({transaction(kShop, {{4, 0, "task", "c", 50, 5}})});
    CHECK(names(trace.nodes()) == "GET /cart -c ");
  }

  TEST_CASE("an event hangs at its span, or at the span that called its process") {
    const Trace trace = trace_of({transaction(kShop, {kCall}),
                                  message({2, 0, "error", "at the call", 100, 0, "", "shop@1"}),
                                  message({50, 2, "error", "beyond", 110, 0, "", "pay@3"}),
                                  message({51, 0, "error", "nowhere", 120, 0, "", "pay@3"})});
    CHECK(names(trace.nodes()) == "GET /cart -POST /reserve --at the call --beyond ? -nowhere ");
    CHECK(trace.of_kind(TraceNodeKind::event).size() == 3);
    CHECK(trace.with_op("error").empty());  // that is its level
  }

  TEST_CASE("a span that ends before it starts has no length") {
    const Trace trace = trace_of({transaction(kShop, {{4, 1, "task", "c", 50, -5}})});
    CHECK(trace.only_named("c")->milliseconds() == 0);
  }

  TEST_CASE("ids in a circle end in a root") {
    const Trace trace = trace_of(
        {transaction({1, 3, "task", "a", 0, 9}, {}), transaction({2, 1, "task", "b", 1, 7}),
         transaction({3, 2, "task", "c", 2, 5}), transaction({4, 4, "task", "itself", 3, 1})});
    CHECK(names(trace.nodes()) == "a -b --c ? -itself ");
  }

  TEST_CASE("of two spans with the same id the first is the parent") {
    const Trace trace = trace_of({transaction({1, 0, "task", "late", 5, 9}),
                                  transaction({1, 0, "task", "early", 0, 9}),
                                  transaction({2, 1, "task", "child", 6, 1})});
    CHECK(names(trace.nodes()) == "early -child late ");
  }

  TEST_CASE("a trace may be deeper than any stack") {
    std::vector<SampleSpan> spans;
    for (int i = 2; i <= 50'000; ++i) spans.push_back({i, i - 1, "", "", 0, 1, "", ""});
    const Trace trace = trace_of({transaction({1, 0, "", "", 0, 1, "", ""}, spans)});
    CHECK(trace.nodes().size() == 50'000);
    CHECK(trace.nodes().back()->depth == 49'999);
  }

  TEST_CASE("a called process that starts before its caller has another clock") {
    SampleSpan stock = kStock;
    stock.start -= 5000;
    SampleSpan query = kQuery;
    query.start -= 5000;
    const Trace trace = trace_of({transaction(kShop, {kCall}), transaction(stock, {query}),
                                  message({4, 0, "error", "in the query", -4890, 0, "", "stock@2"}),
                                  message({9, 4, "error", "beyond", 115, 0, "", "pay@3"})});
    CHECK(names(trace.nodes()) ==
          "GET /cart -POST /reserve --POST /reserve ---UPDATE items ----in the query ----beyond ");
    const TraceNode* moved = trace.find(span_id(3));
    CHECK(moved->clock_shift == doctest::Approx(5));
    CHECK(moved->start == doctest::Approx(at(-4910)).epsilon(1e-12));  // as it was sent
    CHECK(moved->shifted_start() == doctest::Approx(at(90)).epsilon(1e-12));
    CHECK(moved->children[0]->clock_shift == moved->clock_shift);
    CHECK(moved->children[0]->children[0]->clock_shift == moved->clock_shift);
    CHECK(moved->children[0]->children[1]->clock_shift == 0);  // of a third process
    CHECK(trace.start() == doctest::Approx(at(0)).epsilon(1e-12));
    CHECK(trace.end() == doctest::Approx(at(250)).epsilon(1e-12));
  }

  TEST_CASE("clocks are believed as long as they can be right") {
    struct Row {
      std::string name;
      std::string op;
      double start;
      double length;
      double shift;  // ms
    };
    for (const Row& row : {
             Row{"within the call", "http.client", 90, 80, 0},
             Row{"outlives the call", "http.client", 90, 800, 0},
             Row{"starts with the call, but for rounding", "http.client", 69.5, 80, 0},
             Row{"starts before the call", "http.client", 60, 80, 30},
             Row{"starts before the call and is longer", "http.client", 60, 130, 10},
             Row{"starts after the answer", "http.client", 300, 80, -210},
             Row{"starts long after it was queued", "queue.publish", 90'000, 80, 0},
             Row{"starts before it was queued", "queue.publish", 60, 80, 30},
         }) {
      CAPTURE(row.name);
      SampleSpan call = kCall, served = kStock;
      call.op = row.op;
      served.start = row.start;
      served.length = row.length;
      const Trace trace = trace_of({transaction(kShop, {call}), transaction(served)});
      CHECK(trace.find(span_id(3))->clock_shift * 1000 == doctest::Approx(row.shift).epsilon(1e-4));
    }
  }

  TEST_CASE("who is called by a moved caller is held against its moved times") {
    SampleSpan stock = kStock;
    stock.start -= 5000;
    const SampleSpan call = {4, 3, "http.client", "callback", 100 - 5000, 20, "", ""};
    const Trace trace =
        trace_of({transaction(kShop, {kCall}), transaction(stock, {call}),
                  transaction({6, 4, "http.server", "POST /paid", 105, 10, "", "shop@1"}),
                  transaction({7, 4, "http.server", "POST /mail", 105 - 2000, 10, "", "mail@1"})});
    CHECK(trace.find(span_id(3))->clock_shift == doctest::Approx(5));
    CHECK(trace.only_named("POST /paid")->clock_shift == 0);
    CHECK(trace.only_named("POST /mail")->clock_shift == doctest::Approx(2));
  }

  TEST_CASE("a sender is called by what tells it from the others") {
    const auto labels = [](const Object& a, const Object& b) {
      const Trace trace = trace_of({transaction(kShop, {kCall}, a), transaction(kStock, {}, b)});
      return trace.sender_label(trace.find(span_id(1))->sender) + ' ' +
             trace.sender_label(trace.find(span_id(3))->sender);
    };
    CHECK(labels({{"release", "a@1"}}, {{"release", "b@1"}, {"server_name", "w2"}}) == "a@1 b@1");
    CHECK(labels({{"release", "a@1"}, {"server_name", "w1"}},
                 {{"release", "a@1"}, {"server_name", "w2"}}) == "w1 w2");
    CHECK(labels({{"release", "a@1"}, {"environment", "blue"}},
                 {{"release", "a@1"}, {"environment", "green"}}) == "blue green");
    CHECK(labels({{"release", "a@1"}}, {{"release", "a@1"}}) == "a@1 a@1");
    CHECK(labels({{"release", "a@1"}}, {{"release", nullptr}, {"server_name", "w2"}}) == "a@1 w2");
    CHECK(labels({{"release", "a@1"}, {"server_name", "w1"}},
                 {{"release", nullptr}, {"server_name", "w2"}}) == "w1 w2");
    CHECK(labels({{"release", ""}},
                 {{"release", ""}, {"sdk", Object{{"name", "picket"}, {"version", "1"}}}}) ==
          " picket/1");
  }

  TEST_CASE("span data is found wherever its kind keeps it") {
    const TraceItem item{"transaction",
                         std::make_shared<const Value>(*parse_json(
                             R"({"start_timestamp":1,"timestamp":2,"contexts":{"trace":{
            "trace_id":"7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a","span_id":"0000000000000001",
            "data":{"http.response.status_code":200}}},
            "spans":[{"span_id":"0000000000000002","parent_span_id":"0000000000000001",
                      "start_timestamp":1,"timestamp":2,"data":{"db.system":"sqlite"}}]})"))};
    const Trace trace = trace_of({item});
    CHECK(trace.find(span_id(1))->data("http.response.status_code") == Value(200));
    CHECK(trace.find(span_id(2))->data("db.system") == Value("sqlite"));
    CHECK(trace.find(span_id(2))->data("rows").is_null());
  }

  TEST_CASE("streamed spans make a trace like any other") {  // P4.17
    const TraceItem item{
        "span",
        std::make_shared<const Value>(*parse_json(
            R"({"items":[{"trace_id":"7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a","span_id":"0000000000000002",
              "parent_span_id":"0000000000000001","name":"SELECT","status":"error",
              "is_segment":false,"start_timestamp":1.5,"end_timestamp":2,
              "attributes":{"sentry.op":{"type":"string","value":"db.query"}}},
            {"trace_id":"7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a","span_id":"0000000000000001",
              "name":"root","status":"ok","is_segment":true,"start_timestamp":1,
              "end_timestamp":3,"attributes":{
                "sentry.release":{"type":"string","value":"shop@1"},"rows":{"type":"integer",
                "value":7}}}]})"))};
    const Trace trace = trace_of({item});
    CHECK(names(trace.nodes()) == "root -SELECT ");
    const TraceNode* query = trace.only_with_op("db.query");
    REQUIRE(query != nullptr);
    CHECK(query->transaction == trace.find(span_id(1)));
    CHECK(query->milliseconds() == doctest::Approx(500));
    CHECK(query->transaction->sender.release == "shop@1");
    CHECK(query->transaction->data("rows") == Value(7));
  }

  TEST_CASE("traces come apart by their ids, and what has none is left out") {
    TraceItem foreign = transaction({1, 0, "task", "other", -5, 1});
    Value other = *foreign.payload;
    other.as_object()
        ->find("contexts")
        ->as_object()
        ->find("trace")
        ->as_object()
        ->set("trace_id", "fd1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a");
    foreign.payload = std::make_shared<const Value>(std::move(other));
    const std::vector<Trace> traces =
        build_traces({transaction(kShop),
                      foreign,
                      {"event", std::make_shared<const Value>(Object{{"message", "no trace"}})},
                      {"session", std::make_shared<const Value>(Object{{"sid", "a"}})}});
    REQUIRE(traces.size() == 2);
    CHECK(traces[0].id() == "fd1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a");  // it started first
    CHECK(names(traces[1].nodes()) == "GET /cart ");
    CHECK(Trace().empty());
  }

  TEST_CASE("nodes stay where they are when their trace moves") {
    Trace first = trace_of({transaction(kShop, {kCall})});
    const TraceNode* root = first.find(span_id(1));
    const Trace second = std::move(first);
    CHECK(second.find(span_id(1)) == root);
    CHECK(second.only_with_op("http.client")->parent == root);
  }
}

}  // namespace
}  // namespace picket::ingest::tests
