// Transactions and spans through the front door: what arrives, whose child it is, how long it took.

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace picket {
namespace {

using testing::CapturedSpan;
using testing::CapturedTransaction;
using testing::ScopedClient;
using namespace std::chrono_literals;

Options traced_options() { return {.traces_sample_rate = 1.0}; }

std::uint64_t dropped(const ScopedClient& client, const char* reason, const char* category) {
  static_cast<void>(client.captured());
  const CategoryStats stats = client.stats().of(category);
  const auto count = stats.dropped.find(reason);
  return count == stats.dropped.end() ? 0 : count->second;
}

CapturedTransaction only(const ScopedClient& client) {
  auto all = client.captured().transactions();
  REQUIRE(all.size() == 1);
  return std::move(all[0]);
}

TEST_SUITE("spec/transactions") {
  TEST_CASE("a guard measures from its start to its end") {  // S6.1, C076
    ScopedClient client(traced_options());
    {
      const auto transaction = start_transaction({.op = "command", .name = "ban_user"});
      client.clock().advance(12'346us);
    }
    const CapturedTransaction seen = only(client);
    CHECK(seen.name() == "ban_user");
    CHECK(seen.op() == "command");
    CHECK(seen.status() == "ok");
    CHECK(seen.source() == "custom");  // C080
    CHECK(seen.json().at("type") == Value("transaction"));
    CHECK(seen.json().at("platform") == Value("native"));
    CHECK(seen.json().at("start_timestamp") == Value("2026-01-01T00:00:00.000000Z"));
    CHECK(seen.json().at("timestamp") == Value("2026-01-01T00:00:00.012346Z"));
    CHECK(seen.json().at("contexts.trace.origin") == Value("manual"));  // C104
    CHECK(seen.trace_id().size() == 32);
    CHECK(seen.span_id().size() == 16);
    CHECK(seen.parent_span_id().empty());
    CHECK(seen.json().at("level").is_null());
    CHECK(seen.json().at("spans").as_list() != nullptr);
    CHECK(seen.envelope().items[0].type() == "transaction");
  }

  TEST_CASE("scope data at the end goes along, the transaction's own tags beat the scope's") {
    ScopedClient client(traced_options());  // S6.1, S6.2, S5.2
    set_tag("feature", "scope");
    {
      auto transaction = start_transaction({.op = "command", .name = "x", .data = {{"first", 1}}});
      transaction.set_data("user_count", 12).set_tag("feature", "own").set_data("first", 2);
      transaction.set_measurement("queue_wait", 12.5, "millisecond");
      set_user({.id = "7"});
      add_breadcrumb("step");
      set_fingerprint({"only for errors"});
      add_attachment({.filename = "a.txt", .bytes = "only for errors"});
    }
    const CapturedTransaction seen = only(client);
    CHECK(seen.tag("feature") == "own");
    CHECK(seen.json().at("user.id") == Value("7"));
    CHECK(seen.datum("user_count") == Value(12));
    CHECK(seen.datum("first") == Value(2));
    CHECK(seen.json().at("breadcrumbs.values.0.message") == Value("step"));
    CHECK(seen.json().at("measurements.queue_wait.value") == Value(12.5));
    CHECK(seen.json().at("measurements.queue_wait.unit") == Value("millisecond"));
    CHECK(seen.json().at("fingerprint").is_null());
    CHECK(seen.envelope().find("attachment") == nullptr);
  }

  TEST_CASE("spans form a tree, siblings and deeper ones") {  // S6.4, S6.5, C079
    ScopedClient client(traced_options());
    {
      const auto transaction = start_transaction({.op = "command", .name = "x"});
      {
        const auto outer = start_span({.op = "outer", .description = "first"});
        client.clock().advance(1ms);
        {
          auto inner = start_span({.op = "inner", .data = {{"rows", 3}}});
          client.clock().advance(2ms);
          inner.set_tag("cached", true).set_data("list", Value(List{1, "two"}));
        }
      }
      const auto sibling = start_span({.op = "sibling"});
    }
    const CapturedTransaction seen = only(client);
    CAPTURE(seen.describe());
    REQUIRE(seen.spans().size() == 3);
    const CapturedSpan& outer = seen.spans()[0];
    const CapturedSpan& inner = seen.spans()[1];
    CHECK(outer.parent_span_id() == seen.span_id());
    CHECK(inner.parent_span_id() == outer.span_id());
    CHECK(seen.spans()[2].parent_span_id() == seen.span_id());
    for (const CapturedSpan& span : seen.spans()) {
      CHECK(span.trace_id() == seen.trace_id());
      CHECK(span.status() == "ok");
    }
    CHECK(outer.description() == "first");
    CHECK(inner.json().at("description").is_null());
    CHECK(inner.json().at("start_timestamp") == Value("2026-01-01T00:00:00.001000Z"));
    CHECK(inner.json().at("timestamp") == Value("2026-01-01T00:00:00.003000Z"));
    CHECK(inner.datum("rows") == Value(3));
    CHECK(inner.datum("list") == Value(List{1, "two"}));
    CHECK(inner.tag("cached") == "true");
  }

  TEST_CASE("an end before the start becomes the start, explicit times are kept") {  // P4.3
    ScopedClient client(traced_options());
    const WallTime noon = client.clock().wall() + 12h;
    {
      auto transaction = start_transaction({.name = "x", .start_time = noon});
      auto span = start_span({.op = "back", .start_time = noon + 5ms});
      span.finish(noon);
      transaction.finish(noon + 1s);
    }
    const CapturedTransaction seen = only(client);
    CHECK(seen.json().at("start_timestamp") == Value("2026-01-01T12:00:00.000000Z"));
    CHECK(seen.json().at("timestamp") == Value("2026-01-01T12:00:01.000000Z"));
    CHECK(seen.spans()[0].json().at("timestamp") == Value("2026-01-01T12:00:00.005000Z"));
  }

  TEST_CASE("left by an exception the status is internal_error, an explicit one is kept") {  // S6.3
    ScopedClient client(traced_options());
    try {
      const auto transaction = start_transaction({.name = "thrown"});
      const auto span = start_span({.op = "inner"});
      throw std::runtime_error("x");
    } catch (const std::exception&) {
    }
    try {
      auto transaction = start_transaction({.name = "explicit"});
      transaction.set_status(SpanStatus::not_found);
      throw std::runtime_error("x");
    } catch (const std::exception&) {
    }
    { start_transaction({.name = "text"}).set_status("cancelled"); }
    { start_transaction({.name = "odd text"}).set_status("wonderful"); }
    const auto captured = client.captured();
    CHECK(captured.transactions_named("thrown")[0].status() == "internal_error");
    CHECK(captured.transactions_named("thrown")[0].spans()[0].status() == "internal_error");
    CHECK(captured.transactions_named("explicit")[0].status() == "not_found");
    CHECK(captured.transactions_named("text")[0].status() == "cancelled");
    CHECK(captured.transactions_named("odd text")[0].status() == "unknown");
  }

  TEST_CASE("a guard that lives while another exception is handled does not blame it") {  // S6.3
    ScopedClient client(traced_options());
    struct Cleaner {
      ~Cleaner() { const auto transaction = start_transaction({.name = "cleanup"}); }
    };
    try {
      const Cleaner cleaner;
      throw std::runtime_error("x");
    } catch (const std::exception&) {
    }
    CHECK(only(client).status() == "ok");
  }

  TEST_CASE("function forms see what is thrown, and give back what is returned") {  // T5, 6.4, S6.3
    ScopedClient client(traced_options());
    CHECK(traced({.op = "f", .name = "value"}, [] { return 42; }) == 42);
    int number = 7;
    int& same = traced({.name = "reference"}, [&]() -> int& { return number; });
    CHECK(&same == &number);
    CHECK_THROWS_AS(traced({.name = "thrown"},
                           [](Transaction& transaction) {
                             transaction.set_data("seen", true);
                             traced_span({.op = "inner"}, [] {
                               throw std::system_error(std::make_error_code(std::errc::timed_out));
                             });
                           }),
                    std::system_error);
    CHECK_THROWS_AS(traced({.name = "number"}, [] { throw 42; }), int);
    CHECK_THROWS(
        traced({.name = "nested"}, [] { std::throw_with_nested(std::out_of_range("beyond")); }));
    const auto captured = client.captured();
    CHECK(captured.transactions_named("value")[0].status() == "ok");
    const auto thrown = captured.transactions_named("thrown")[0];
    CHECK(thrown.status() == "deadline_exceeded");
    CHECK(thrown.datum("seen") == Value(true));
    CHECK(thrown.datum("error.type") == Value("std::system_error"));
    CHECK(thrown.spans()[0].status() == "deadline_exceeded");
    CHECK(captured.transactions_named("number")[0].status() == "internal_error");
    CHECK(captured.transactions_named("number")[0].datum("error.type") == Value("int"));
    CHECK(captured.transactions_named("nested")[0].datum("error.type") ==
          Value("std::out_of_range"));
    CHECK(captured.events().empty());  // a status is no event
  }

  TEST_CASE("a transaction inside another is sent separately, as a part of its trace") {  // S6.1
    ScopedClient client(traced_options());
    {
      const auto outer = start_transaction({.name = "outer"});
      const auto step = start_span({.op = "step"});
      {
        const auto inner = start_transaction({.name = "inner"});
        const auto deep = start_span({.op = "deep"});
      }
      const auto after = start_span({.op = "after"});
    }
    const auto captured = client.captured();
    REQUIRE(captured.transactions().size() == 2);
    const auto inner = captured.transactions_named("inner")[0];
    const auto outer = captured.transactions_named("outer")[0];
    CHECK(inner.trace_id() == outer.trace_id());
    CHECK(inner.parent_span_id() == outer.with_op("step")[0].span_id());
    CHECK(inner.with_op("deep")[0].parent_span_id() == inner.span_id());
    CHECK(outer.with_op("after")[0].parent_span_id() == outer.with_op("step")[0].span_id());
    CHECK(inner.envelope().headers.find("trace")->at("transaction") == Value("outer"));
  }

  TEST_CASE("transactions one after the other have traces of their own") {
    ScopedClient client(traced_options());
    capture_message("before");
    { const auto first = start_transaction({.name = "first"}); }
    { const auto second = start_transaction({.name = "second"}); }
    capture_message("after");
    const auto captured = client.captured();
    const auto first = captured.transactions_named("first")[0];
    const auto second = captured.transactions_named("second")[0];
    CHECK(first.trace_id() != second.trace_id());
    CHECK(captured.with_message("before")[0].json().at("contexts.trace.trace_id") ==
          Value(first.trace_id()));
    CHECK(captured.with_message("after")[0].json().at("contexts.trace.trace_id") ==
          Value(second.trace_id()));
  }

  TEST_CASE("a span without a transaction records nothing and harms nobody") {  // S6.6
    ScopedClient client(traced_options());
    {
      auto span = start_span({.op = "alone"});
      span.set_data("x", 1).set_tag("y", "z").set_status(SpanStatus::ok);
      CHECK_FALSE(span);
      CHECK(span.span_id().empty());
      CHECK_FALSE(current_span());
    }
    CHECK(client.captured().envelopes().empty());
  }

  TEST_CASE("a span that has not ended with its transaction is left out and counted") {  // S6.6
    ScopedClient client(traced_options());
    auto transaction = start_transaction({.name = "x"});
    auto late = start_span({.op = "late"});
    auto child = late.start_child({.op = "child"});
    child.finish();
    transaction.finish();
    CHECK_FALSE(current_span());
    late.set_data("ignored", 1);
    late.finish();
    const CapturedTransaction seen = only(client);
    REQUIRE(seen.spans().size() == 1);
    CHECK(seen.spans()[0].op() == "child");
    CHECK(seen.spans()[0].parent_span_id() == seen.span_id());  // of those that are there
    CHECK(dropped(client, "insufficient_data", "span") == 1);
  }

  TEST_CASE("a second end does nothing, a moved guard ends once") {  // S6.9
    ScopedClient client(traced_options());
    {
      auto transaction = start_transaction({.name = "x"});
      auto span = start_span({.op = "moved"});
      Span other = std::move(span);
      CHECK_FALSE(span);
      span.finish();
      CHECK(current_span().span_id() == other.span_id());
      other.finish();
      other.finish();
      CHECK(current_span().span_id() == transaction.span_id());
      Transaction elsewhere = std::move(transaction);
      elsewhere.finish();
      elsewhere.finish();
    }
    CHECK(only(client).spans().size() == 1);
  }

  TEST_CASE("a child from a handle is nobody's current span and may end on another thread") {
    ScopedClient client(traced_options());  // S6.9
    {
      auto transaction = start_transaction({.name = "x"});
      Span child = transaction.start_child({.op = "pool"});
      CHECK(current_span().span_id() == transaction.span_id());
      std::thread([span = std::move(child)]() mutable {
        span.set_data("thread", "other");
        span.finish();
      }).join();
    }
    CHECK(only(client).spans()[0].datum("thread") == Value("other"));
  }

  TEST_CASE("a context takes the current span to another thread, and a new unit of work with it") {
    ScopedClient client(traced_options());
    {
      const auto transaction = start_transaction({.name = "x"});
      std::thread(Context::current().wrap([] {
        const auto isolated = isolate();
        const auto span = start_span({.op = "remote"});
        capture_message("from there");
      })).join();
      std::thread([] { CHECK_FALSE(current_span()); }).join();
    }
    const auto captured = client.captured();
    const auto seen = captured.transactions()[0];
    REQUIRE(seen.spans().size() == 1);
    CHECK(captured.events()[0].json().at("contexts.trace.span_id") ==
          Value(seen.spans()[0].span_id()));
  }

  TEST_CASE("an error inside a span carries its ids and the transaction's name, sampled or not") {
    for (const double rate : {1.0, 0.0}) {  // S6.7, C-trace
      CAPTURE(rate);
      ScopedClient client({.traces_sample_rate = rate});
      std::string span_id;
      std::string trace_id;
      {
        auto transaction = start_transaction({.name = "ban_user"});
        const auto span = start_span({.op = "db"});
        span_id = span.span_id();
        trace_id = span.trace_id();
        capture_message("failed");
      }
      const auto event = client.captured().last_event();
      REQUIRE(event);
      CHECK(event->json().at("contexts.trace.span_id") == Value(span_id));
      CHECK(event->json().at("contexts.trace.trace_id") == Value(trace_id));
      CHECK(event->json().at("transaction") == Value("ban_user"));
      const Value* const header = event->envelope().headers.find("trace");
      REQUIRE(header != nullptr);
      CHECK(header->at("trace_id") == Value(trace_id));
      CHECK(header->at("sampled") == Value(rate > 0 ? "true" : "false"));
    }
  }

  TEST_CASE("a transaction does not become the last event") {  // C077
    ScopedClient client(traced_options());
    const EventId id = capture_message("x");
    { const auto transaction = start_transaction({.name = "y"}); }
    CHECK(last_event_id() == id);
  }

  TEST_CASE("an empty name gets a placeholder, renaming works until the end") {  // S6.1, P4.4
    ScopedClient client(traced_options());
    { const auto unnamed = start_transaction({}); }
    {
      auto transaction = start_transaction({.name = "/users/7", .source = TransactionSource::url});
      transaction.set_name("/users/{id}", TransactionSource::route).set_op("http.server");
    }
    {
      const auto transaction = start_transaction({.name = "old"});
      set_transaction_name("new");
    }
    const auto captured = client.captured();
    REQUIRE(captured.transactions().size() == 3);
    CHECK(captured.transactions()[0].name() == "<unlabeled transaction>");
    CHECK(captured.transactions()[1].name() == "/users/{id}");
    CHECK(captured.transactions()[1].source() == "route");
    CHECK(captured.transactions()[1].op() == "http.server");
    CHECK(captured.transactions()[2].name() == "new");
  }

  TEST_CASE("beyond max_spans children are counted, the program goes on") {  // C078, S6.4
    ScopedClient client(traced_options());
    {
      const auto transaction = start_transaction({.name = "x"});
      for (int i = 0; i < 1200; ++i) start_span({.op = "many"}).set_data("i", i);
      auto extra = start_span({.op = "extra"});
      CHECK(extra.span_id().size() == 16);
      CHECK_FALSE(extra.is_recording());
    }
    CHECK(only(client).spans().size() == 1000);
    CHECK(dropped(client, "buffer_overflow", "span") == 201);
  }

  TEST_CASE("the data of a transaction has a bound") {
    ScopedClient client(traced_options());
    {
      const auto transaction = start_transaction({.name = "x"});
      const std::string large(100'000, 'x');
      for (int i = 0; i < 500; ++i) start_span({.op = "large"}).set_data("text", large);
    }
    const CapturedTransaction seen = only(client);
    CHECK(seen.envelope().items[0].payload.size() < (1U << 20U));
    CHECK_FALSE(seen.spans().empty());
  }

  TEST_CASE("links and hostile texts go out as the protocol wants them") {  // C106, P4.16
    ScopedClient client(traced_options());
    {
      auto transaction = start_transaction({.op = std::string(300, 'o'), .name = "\xFF\n"});
      const SpanLink link{.trace_id = std::string(32, 'a'),
                          .span_id = std::string(16, 'b'),
                          .sampled = true,
                          .attributes = Object{{"sentry.link.type", "previous_trace"}}};
      transaction.add_link(link);
      auto span = start_span({.op = "x"});
      span.add_link(link).set_measurement("bad", std::numeric_limits<double>::quiet_NaN());
      span.set_tag("a key", "two\nlines").set_data("", 1);
    }
    const CapturedTransaction seen = only(client);
    CHECK(seen.json().at("contexts.trace.links.0.attributes").as_object()->size() == 1);
    CHECK(seen.json().at("contexts.trace.links.0.sampled") == Value(true));
    CHECK(seen.op().size() <= 128);
    CHECK(seen.spans()[0].json().at("links.0.span_id") == Value(std::string(16, 'b')));
    CHECK(seen.spans()[0].tag("a_key") == "twolines");
    CHECK(seen.spans()[0].json().at("measurements").is_null());
  }

  TEST_CASE("ignored spans leave their children to their parent") {  // P4.17 rule 6, T11
    ScopedClient client({.traces_sample_rate = 1.0, .ignore_spans = {"health", "cache.*"}});
    {
      const auto transaction = start_transaction({.name = "x"});
      const auto ignored = start_span({.op = "cache.get"});
      const auto child = start_span({.op = "db"});
      const auto other = start_span({.op = "http", .description = "GET /health"});
    }
    const CapturedTransaction seen = only(client);
    REQUIRE(seen.spans().size() == 1);
    CHECK(seen.spans()[0].parent_span_id() == seen.span_id());
    CHECK(dropped(client, "ignored", "span") == 2);
  }

  TEST_CASE("ignored transactions and statuses are not sent, their spans are counted") {  // P7.5
    ScopedClient client({.traces_sample_rate = 1.0,
                         .ignore_transactions = {"GET /health*"},
                         .trace_ignore_status_codes = {{404, 404}, {300, 399}}});
    for (const int status : {200, 301, 404}) {
      auto transaction = start_transaction({.name = "GET /"});
      transaction.set_data("http.response.status_code", status);
    }
    {
      const auto transaction = start_transaction({.name = "GET /healthz"});
      const auto span = start_span({.op = "x"});
    }
    CHECK(client.captured().transactions().size() == 1);
    CHECK(dropped(client, "event_processor", "transaction") == 3);
    CHECK(dropped(client, "event_processor", "span") == 4);
  }

  TEST_CASE("before_send_transaction sees, changes and drops; before_send is not asked") {  // S8.6
    int errors = 0;
    ScopedClient client({.traces_sample_rate = 1.0,
                         .before_send =
                             [&](Event&, Hint&) {
                               ++errors;
                               return Verdict::keep;
                             },
                         .before_send_transaction =
                             [](Event& event, Hint& hint) {
                               CHECK(hint.origin == Hint::Origin::transaction);
                               if (event.transaction == "secret") return Verdict::drop;
                               event.spans.erase(event.spans.begin());
                               event.tags["hook"] = "seen";
                               return Verdict::keep;
                             }});
    for (const char* const name : {"open", "secret"}) {
      const auto transaction = start_transaction({.name = name});
      { const auto first = start_span({.op = "first"}); }
      const auto second = start_span({.op = "second"});
    }
    const CapturedTransaction seen = only(client);
    CHECK(seen.tag("hook") == "seen");
    CHECK(seen.spans().size() == 1);
    CHECK(errors == 0);
    CHECK(dropped(client, "before_send", "transaction") == 1);
    CHECK(dropped(client, "before_send", "span") == 3 + 1);
  }

  TEST_CASE("a throwing before_send_transaction drops, and event processors see transactions too") {
    int seen = 0;
    ScopedClient client({.traces_sample_rate = 1.0,
                         .before_send_transaction = [](Event&, Hint&) -> Verdict {
                           throw std::runtime_error("hook is broken");
                         },
                         .event_processors = {[&](Event& event, Hint&) {
                           seen += event.is_transaction() ? 1 : 0;
                           return Verdict::keep;
                         }}});
    { const auto transaction = start_transaction({.name = "x"}); }
    CHECK(client.captured().transactions().empty());
    CHECK(seen == 1);
    CHECK(dropped(client, "before_send", "transaction") == 1);
    CHECK(dropped(client, "before_send", "span") == 1);
  }

  TEST_CASE("the books hold for transactions and spans") {  // architecture 2.3
    ScopedClient client(traced_options());
    for (int i = 0; i < 10; ++i) {
      const auto transaction = start_transaction({.name = "x"});
      const auto span = start_span({.op = "y"});
    }
    static_cast<void>(client.captured());
    const Stats stats = client.stats();
    CHECK(stats.categories.at("transaction").captured == 10);
    CHECK(stats.categories.at("transaction").sent == 10);
    CHECK(stats.categories.at("span").captured == 20);
    CHECK(stats.categories.at("span").sent == 20);
  }

  TEST_CASE("a transaction may outlive its client") {
    Transaction survivor;
    {
      ScopedClient client(traced_options());
      survivor = start_transaction({.name = "x"});
    }
    auto child = survivor.start_child({.op = "late"});
    child.finish();
    survivor.finish();
    CHECK(survivor.trace_id().size() == 32);
  }

  TEST_CASE("a client of its own makes transactions that are nobody's current span") {
    ScopedClient process;
    const ScopedClient other(traced_options());
    {
      auto transaction = other.client().start_transaction({.name = "x"});
      CHECK_FALSE(current_span());
      auto child = transaction.start_child({.op = "child"});
    }
    CHECK(only(other).spans().size() == 1);
  }
}

}  // namespace
}  // namespace picket
