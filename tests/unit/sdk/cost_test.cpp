// What the front door costs the calling thread, in allocations: nothing while off, nothing for what
// is sampled out, and a number that does not depend on how many breadcrumbs there are.

#include "picket/log.hpp"
#include "picket/metrics.hpp"
#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/allocations.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace picket {
namespace {

using testing::ScopedClient;
using tests::count_allocations;

/// Everything that a transaction and ten spans can be told.
void use_a_transaction() {
  auto transaction = start_transaction({.op = "command of more than a few letters",
                                        .name = "a name that is longer than a small string",
                                        .data = {{"given", "at the start, as a longer text"}}});
  for (int i = 0; i < 10; ++i) {
    auto span = start_span({.op = "db.query", .description = "SELECT * FROM cases WHERE id = ?"});
    span.set_data("case_count", i).set_tag("message_type", "a text longer than a small string");
    span.set_status(SpanStatus::ok).set_measurement("wait", 1.5, "millisecond");
    Span child = span.start_child({.op = "child"});
    child.set_failed();
    current_span().set_data("list", "value");
  }
  transaction.set_data("user_count", 12).set_tag("command_type", "moderation");
  transaction.set_name("another name that is longer than a small string");
  transaction.finish();
}

TEST_SUITE("sdk/cost") {
  TEST_CASE("a transaction that is not sampled does not allocate, nor do its spans") {  // S6.8
    struct Row {
      const char* name;
      Options options;
    };
    const std::vector<Row> rows{{"rate 0", {.traces_sample_rate = 0.0}},
                                {"no tracing", {}},
                                {"sampler", {.traces_sampler = [](const auto&) { return 0.0; }}}};
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const ScopedClient client(row.options);
      use_a_transaction();  // the thread's one object and its texts
      CHECK(count_allocations([] { use_a_transaction(); }) == 0);
      CHECK(count_allocations([] {
              for (int i = 0; i < 100; ++i) use_a_transaction();
            }) == 0);
      CHECK(client.captured().transactions().empty());
    }
  }

  TEST_CASE("a sampled transaction allocates little, and no more for each span than room") {
    const ScopedClient client({.traces_sample_rate = 1.0});  // S13.4
    use_a_transaction();
    const auto with_spans = [](int spans) {
      return count_allocations([spans] {
        const auto transaction = start_transaction({.op = "command", .name = "ban_user"});
        for (int i = 0; i < spans; ++i) {
          start_span({.op = "db.query", .description = "SELECT ?"}).set_data("rows", i);
        }
      });
    };
    with_spans(1);  // the figures know the name of the span from now on
    const std::size_t ten = with_spans(10);
    const std::size_t hundred = with_spans(100);
    MESSAGE("allocations of a sampled transaction with 10 and 100 spans: " << ten << " and "
                                                                           << hundred);
    CHECK(ten <= 10);
    CHECK(hundred <= ten + 12);  // buffers double
  }

  TEST_CASE("while off nothing allocates") {  // S5.10, S6.8, S13.4
    const std::runtime_error error("x");
    const User user{.id = "7"};
    const Request request{.url = "http://a.host/with/a/path/longer/than/a/small/string"};
    CHECK(count_allocations([&] {
            set_tag("a key that is longer than a small string", "and a value that is too");
            remove_tag("key");
            set_user(user);
            remove_user();
            set_request(request);
            remove_request();
            set_context("pool", {{"size", 10}, {"name", "a text longer than a small string"}});
            set_extra("key", 1.5);
            set_level(Level::fatal);
            set_transaction_name("a transaction name longer than a small string");
            add_breadcrumb("a message longer than a small string",
                           {.category = "c", .data = {{"k", 1}, {"l", "text"}}});
            const ScopeGuard temporary = push_scope();
            const ScopeGuard isolated = isolate();
            use_a_transaction();
            static_cast<void>(trace_headers({.url = "http://a.host/with/a/long/path"}));
            static_cast<void>(continue_trace("7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718",
                                             "sentry-release=a%20release%20of%20some%20length"));
            metrics::count("a name longer than a small string", 1,
                           {.attributes = {{"key", "a text longer than a small string"}}});
            record_command_metric({.command = "ban", .duration = std::chrono::milliseconds(1)});
            log_record(Level::error, "app", "a message longer than a small string", {{"k", "v"}});
            set_span_attributes({{"key", "a text longer than a small string"}});
            traced({.op = "task"}, [] { PICKET_SPAN("step"); });
            capture_message("a message longer than a small string");
            capture_exception(error, {.extra_context = {{"k", "v"}}, .tags = {{"k", "v"}}});
            capture_exception();
            static_cast<void>(should_capture_error("a::name::longer::than::a::small::string"));
            static_cast<void>(last_event_id());
            static_cast<void>(is_initialized());
            flush(std::chrono::milliseconds(1));
          }) == 0);
  }

  TEST_CASE("what is sampled out does not allocate") {  // S13.4
    ScopedClient client({.sample_rate = 0.5});
    client.random().set({0.9});
    const std::runtime_error error("x");
    capture_message("warm up");
    capture_exception(error);  // the figures know its type from now on
    CHECK(count_allocations([&] {
            capture_message("sampled out");
            capture_exception(error);
          }) == 0);
    static_cast<void>(client.captured());
    CHECK(client.stats().errors().dropped.at("sample_rate") == 4);
  }

  TEST_CASE("a metric allocates nothing of its own, only its batch does") {  // T13
    const ScopedClient client;
    metrics::count("warm up");
    const auto hundred = [] {
      for (int i = 0; i < 100; ++i) metrics::count("orders", 1, {.attributes = {{"region", "eu"}}});
    };
    hundred();
    const std::size_t batch = count_allocations(hundred);
    MESSAGE("allocations of 100 metrics: " << batch);
    CHECK(batch <= 20);
    const ScopedClient off({.enable_metrics = false});
    CHECK(count_allocations([&] {
            hundred();
            record_task_metric({.task = "t", .duration = std::chrono::milliseconds(1)});
          }) == 0);
  }

  TEST_CASE("setting a tag to another value of its length does not allocate") {  // S13.4
    const ScopedClient client;
    set_tag("step", "one");
    CHECK(count_allocations([] { set_tag("step", "two"); }) == 0);
  }

  TEST_CASE("a capture allocates the same with no breadcrumb and with a hundred") {  // S13.4
    const ScopedClient client;
    set_tag("region", "eu");
    capture_message("warm up");
    const std::size_t without = count_allocations([] { capture_message("message"); });
    for (int i = 0; i < 100; ++i) add_breadcrumb("note", {.data = {{"i", i}}});
    const std::size_t with = count_allocations([] { capture_message("message"); });
    MESSAGE("allocations of one capture_message: " << with);
    CHECK(with == without);
    CHECK(with <= 4);
  }
}

}  // namespace
}  // namespace picket
