// What tracing does for the convenience of hosts: names from the place of a call, wrappers, data
// that spans get by themselves, the current span without a handle.

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace picket {
namespace {

using testing::CapturedSpan;
using testing::CapturedTransaction;
using testing::ScopedClient;
using namespace std::chrono_literals;

const Options kTracing{.traces_sample_rate = 1.0};

CapturedTransaction only(const ScopedClient& client) {
  const auto captured = client.captured();
  REQUIRE(captured.transactions().size() == 1);
  return captured.transactions()[0];
}

void fetch_user_cases() {
  PICKET_SPAN("db.query");
  set_span_attribute("rows", 3);
}

int traced_without_a_name() {
  return traced({.op = "task"}, [] { return 7; });
}

int spanned_without_a_description() {
  return traced_span({.op = "step"}, [] { return 8; });
}

TEST_SUITE("spec/span_helpers") {
  TEST_CASE("PICKET_SPAN covers the block and is described by its function") {  // T5
    const ScopedClient client(kTracing);
    {
      const auto transaction = start_transaction({.op = "command", .name = "cases"});
      fetch_user_cases();
      CHECK(current_span().span_id() == transaction.span_id());
    }
    const auto spans = only(client).spans();
    REQUIRE(spans.size() == 1);
    CHECK(spans[0].op() == "db.query");
    CHECK(spans[0].description() == "running fetch_user_cases");
    CHECK(spans[0].datum("rows") == Value(3));
    CHECK(spans[0].status() == "ok");
  }

  TEST_CASE("traced and traced_span are named after the place of the call") {  // T5
    const ScopedClient client(kTracing);
    CHECK(traced_without_a_name() == 7);
    CHECK(only(client).name() == "span_helpers_test.traced_without_a_name");
    client.transport().clear();
    {
      const auto transaction = start_transaction({.op = "command", .name = "x"});
      CHECK(spanned_without_a_description() == 8);
      CHECK(traced_span({.op = "step", .description = "given"}, [] { return 9; }) == 9);
    }
    const auto spans = only(client).spans();
    REQUIRE(spans.size() == 2);
    CHECK(spans[0].description() == "running spanned_without_a_description");
    CHECK(spans[1].description() == "given");
  }

  TEST_CASE("a wrapper that was made before init works after it, and while off") {  // T5
    std::string name = "reload";
    const auto wrapped = traced_function({.op = "task", .name = name, .data = {{"fixed", true}}},
                                         [](int left, int right) { return left + right; });
    const auto step = traced_span_function({.op = "step"}, [](const std::string& text) {
      if (text.empty()) throw std::invalid_argument("no text");
      return text.size();
    });
    name = "overwritten";  // the wrapper owns what it was given
    CHECK(wrapped(1, 2) == 3);
    CHECK(step("four") == 4);
    {
      const ScopedClient client(kTracing);
      CHECK(wrapped(3, 4) == 7);
      CHECK(wrapped(5, 6) == 11);
      const auto captured = client.captured();
      REQUIRE(captured.transactions().size() == 2);
      CHECK(captured.transactions()[1].name() == "reload");
      CHECK(captured.transactions()[1].op() == "task");
      CHECK(captured.transactions()[1].datum("fixed") == Value(true));
      client.transport().clear();
      {
        const auto transaction = start_transaction({.op = "command", .name = "x"});
        CHECK_THROWS_WITH_AS(step(""), "no text", std::invalid_argument);
      }
      const auto spans = only(client).spans();
      REQUIRE(spans.size() == 1);
      CHECK(spans[0].status() == "invalid_argument");
      CHECK(spans[0].datum("error") == Value("no text"));
    }
    CHECK(wrapped(1, 1) == 2);
  }

  TEST_CASE("every span that is sent tells how long it took") {  // T6
    ScopedClient client(kTracing);
    {
      const auto transaction = start_transaction({.op = "command", .name = "x"});
      client.clock().advance(2ms);
      {
        const auto span = start_span({.op = "db"});
        client.clock().advance(1500us);
      }
      start_span({.op = "own"}).set_data("duration_ms", 12);
    }
    const auto transaction = only(client);
    CHECK(transaction.datum("duration_ms") == Value(3.5));
    CHECK(transaction.spans()[0].datum("duration_ms") == Value(1.5));
    CHECK(transaction.spans()[1].datum("duration_ms") == Value(12));  // the host's own stays
  }

  TEST_CASE("a span that failed has the text of the error, cut, and no traceback") {  // T6
    const ScopedClient client(kTracing);
    try {
      traced({.op = "command", .name = "x"},
             [] { throw std::runtime_error("it broke: " + std::string(5000, 'x')); });
    } catch (const std::runtime_error&) {
    }
    const auto transaction = only(client);
    CHECK(transaction.status() == "internal_error");
    CHECK(transaction.datum("error.type") == Value("std::runtime_error"));
    const std::string text(transaction.datum("error").text_or(""));
    CHECK(text.starts_with("it broke: xxx"));
    CHECK(text.size() == 1024);
    CHECK(transaction.datum("traceback").is_null());
  }

  TEST_CASE("the current span takes data and tags without a handle; without one nothing") {  // T7
    const ScopedClient client(kTracing);
    set_span_attributes({{"lost", 1}});
    set_span_attribute("lost", 2);
    set_span_tag("lost", 3);
    CHECK_FALSE(current_span());
    {
      const auto transaction = start_transaction({.op = "command", .name = "x"});
      const auto span = start_span({.op = "db"});
      CHECK(current_span().span_id() == span.span_id());
      set_span_attributes({{"rows", 3}, {"table", "cases"}});
      set_span_attribute("cached", false);
      set_span_tag("shard", "eu");
    }
    const auto span = only(client).spans().at(0);
    CHECK(span.datum("rows") == Value(3));
    CHECK(span.datum("table") == Value("cases"));
    CHECK(span.datum("cached") == Value(false));
    CHECK(span.tag("shard") == "eu");
    CHECK(span.datum("lost").is_null());
  }

  TEST_CASE("upper-case words are statuses") {  // T8
    struct Row {
      const char* word;
      const char* status;
    };
    const std::vector<Row> rows{{"OK", "ok"},
                                {"ERROR", "internal_error"},
                                {"NOT_FOUND", "not_found"},
                                {"PERMISSION_DENIED", "permission_denied"},
                                {"INVALID_ARGUMENT", "invalid_argument"},
                                {"RESOURCE_EXHAUSTED", "resource_exhausted"},
                                {"UNAUTHENTICATED", "unauthenticated"},
                                {"CANCELLED", "cancelled"},
                                {"UNKNOWN", "unknown"},
                                {"NO_SUCH_WORD", "unknown"}};
    const ScopedClient client(kTracing);
    {
      const auto transaction = start_transaction({.op = "command", .name = "x"});
      for (const Row& row : rows) start_span({.op = row.word}).set_status(row.word);
    }
    const auto spans = only(client).spans();
    REQUIRE(spans.size() == rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      CAPTURE(rows[i].word);
      CHECK(spans[i].status() == rows[i].status);
    }
  }

  TEST_CASE("finish_transaction_on_error only marks the current span") {  // T8
    const ScopedClient client(kTracing);
    finish_transaction_on_error();  // without a span nothing
    {
      const auto transaction = start_transaction({.op = "command", .name = "x"});
      const auto span = start_span({.op = "db"});
      finish_transaction_on_error();
      CHECK(span.is_recording());
    }
    const auto transaction = only(client);
    CHECK(transaction.status() == "ok");
    CHECK(transaction.spans().at(0).status() == "internal_error");
  }

  TEST_CASE("the phase of a start is a tag") {  // T9
    const ScopedClient client(kTracing);
    set_setup_phase("nowhere", SetupPhase::starting);
    {
      const auto transaction = start_transaction({.op = "setup", .name = "start"});
      {
        const auto span = start_span({.op = "setup.step"});
        set_setup_phase("database", SetupPhase::starting);
      }
      auto other = start_span({.op = "setup.step"});
      set_setup_phase(other, "database", SetupPhase::starting);
      set_setup_phase(other, "database", SetupPhase::finished);
    }
    const auto spans = only(client).spans();
    REQUIRE(spans.size() == 2);
    CHECK(spans[0].tag("setup_phase") == "database_starting");
    CHECK(spans[1].tag("setup_phase") == "database_finished");
  }

  TEST_CASE("capture_span_exception notes an error on the span and sends no event") {  // T10
    const ScopedClient client(kTracing);
    {
      const auto transaction = start_transaction({.op = "command", .name = "x"});
      auto span = start_span({.op = "db"});
      span.set_status(SpanStatus::ok);  // the failure beats it
      capture_span_exception(std::out_of_range("no row 7"), {{"row", 7}, {"table", "cases"}});
    }
    const auto captured = client.captured();
    CHECK(captured.events().empty());
    const auto span = only(client).spans().at(0);
    CHECK(span.status() == "internal_error");
    CHECK(span.datum("error.type") == Value("std::out_of_range"));
    CHECK(span.datum("error") == Value("no row 7"));
    CHECK(span.datum("extra.row") == Value(7));
    CHECK(span.datum("extra.table") == Value("cases"));
  }

  TEST_CASE("a span starts with data and notes the exception that leaves it") {  // T11
    const ScopedClient client(kTracing);
    {
      const auto transaction = start_transaction({.op = "command", .name = "x"});
      CHECK_THROWS_AS(traced_span({.op = "load", .data = {{"module", "bans"}}},
                                  [] { throw std::runtime_error("no such module"); }),
                      std::runtime_error);
    }
    const auto span = only(client).spans().at(0);
    CHECK(span.datum("module") == Value("bans"));
    CHECK(span.datum("error") == Value("no such module"));
    CHECK(span.status() == "internal_error");
  }

  TEST_CASE("outside of development trivial spans are skipped, their children kept") {  // T11
    // The list is the host's, and so is the decision where it holds.
    const auto options_in = [](const std::string& environment) {
      Options options = kTracing;
      options.environment = environment;
      if (environment != "development") options.ignore_spans = {"safe_get_attr", "connect_*"};
      return options;
    };
    const auto names_in = [&](const std::string& environment) {
      const ScopedClient client(options_in(environment));
      {
        const auto transaction = start_transaction({.op = "command", .name = "x"});
        const auto trivial = start_span({.op = "util", .description = "safe_get_attr"});
        const auto inner = start_span({.op = "db", .description = "query"});
        const auto pattern = start_span({.op = "util", .description = "connect_pool"});
      }
      const CapturedTransaction transaction = only(client);
      std::vector<std::string> names;
      for (const CapturedSpan& span : transaction.spans()) names.push_back(span.description());
      return names;
    };
    CHECK(names_in("production") == std::vector<std::string>{"query"});
    CHECK(names_in("development") ==
          std::vector<std::string>{"safe_get_attr", "query", "connect_pool"});
  }
}

}  // namespace
}  // namespace picket
