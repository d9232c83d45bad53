// Traces across services through the front door. The header formats have a matrix of their own, see
// `tests/unit/tracing`.

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/scoped_env.hpp"

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace picket {
namespace {

using testing::ScopedClient;

const std::string kTrace = "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a";
const std::string kSpan = "a1b2c3d4e5f60718";

std::string header(const HeaderList& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_SUITE("spec/propagation") {
  TEST_CASE("a transaction continues the trace of the request") {  // P4.9, S-trace
    ScopedClient client({.traces_sample_rate = 0.0});
    const std::map<std::string, std::string> request{
        {"Content-Type", "text/plain"},
        {"Sentry-Trace", kTrace + "-" + kSpan + "-1"},
        {"Baggage", "other=1,sentry-trace_id=" + kTrace + ",sentry-sample_rate=0.5," +
                        "sentry-sample_rand=0.3,sentry-future=x%20y"}};
    CHECK(continue_trace(request));
    {
      const auto transaction = start_transaction({.name = "x"});
      CHECK(transaction.is_recording());  // a positive decision is followed at rate 0: C100
      const auto outgoing = trace_headers();
      CHECK(header(outgoing, "sentry-trace") == kTrace + "-" + transaction.span_id() + "-1");
      // Forwarded as it came, unknown keys too; what is another's is not. C092, C096
      CHECK(header(outgoing, "baggage") ==
            "sentry-trace_id=" + kTrace +
                ",sentry-sample_rate=0.5,sentry-sample_rand=0.3,sentry-future=x%20y");
    }
    const auto seen = client.captured().transactions().at(0);
    CHECK(seen.trace_id() == kTrace);
    CHECK(seen.parent_span_id() == kSpan);
    const Value* const context = seen.envelope().headers.find("trace");
    REQUIRE(context != nullptr);
    CHECK(context->at("future") == Value("x y"));
    CHECK(context->at("release").is_null());
  }

  TEST_CASE("errors before and without a transaction belong to the continued trace") {  // P4.10
    ScopedClient client;
    continue_trace(kTrace + "-" + kSpan, "sentry-trace_id=" + kTrace);
    capture_message("x");
    const auto event = client.captured().last_event();
    CHECK(event->json().at("contexts.trace.trace_id") == Value(kTrace));
    CHECK(event->json().at("contexts.trace.parent_span_id") == Value(kSpan));
    CHECK(event->envelope().headers.find("trace")->at("trace_id") == Value(kTrace));
  }

  TEST_CASE("without tracing a trace is begun, passed on, and left undecided") {  // C099, P4.10
    ScopedClient client({.dsn = "https://key@o4501.ingest.example/7", .release = "shop@1.4.0+77"});
    const auto headers = trace_headers();
    const std::string sentry_trace = header(headers, "sentry-trace");
    const std::string baggage = header(headers, "baggage");
    CHECK(sentry_trace.size() == 32 + 1 + 16);  // no flag
    CHECK(has(baggage, "sentry-trace_id=" + sentry_trace.substr(0, 32)));
    CHECK(has(baggage, "sentry-public_key=key"));
    CHECK(has(baggage, "sentry-release=shop%401.4.0%2B77"));
    CHECK(has(baggage, "sentry-org_id=4501"));
    CHECK(has(baggage, "sentry-sample_rand=0."));
    CHECK_FALSE(has(baggage, "sentry-sampled"));
    CHECK_FALSE(has(baggage, "sentry-sample_rate"));
    CHECK_FALSE(has(baggage, "sentry-transaction"));
    {
      const auto transaction = start_transaction({.name = "x"});
      CHECK(header(trace_headers(), "sentry-trace").size() == 32 + 1 + 16);
      CHECK_FALSE(has(header(trace_headers(), "baggage"), "sentry-transaction"));
    }
    capture_message("x");
    CHECK(client.captured().transactions().empty());
    CHECK(client.captured().last_event()->json().at("contexts.trace.trace_id") ==
          Value(sentry_trace.substr(0, 32)));
  }

  TEST_CASE("without tracing the flag that came is passed on") {  // P4.10
    for (const std::string flag : {"", "-0", "-1"}) {
      CAPTURE(flag);
      ScopedClient client;
      continue_trace(kTrace + "-" + kSpan + flag, "");
      const auto headers = trace_headers();
      CHECK(header(headers, "sentry-trace").starts_with(kTrace));
      CHECK(header(headers, "sentry-trace").size() == 49 + flag.size());
      CHECK(header(headers, "sentry-trace").ends_with(flag));
      CHECK(header(headers, "baggage").empty());  // frozen without members: C093
    }
  }

  TEST_CASE("the decision matrix") {  // C100, P4.11
    const std::vector<std::string> incoming{"none", "deferred", "1", "0"};
    struct Column {
      std::optional<double> rate;
      std::vector<bool> sent;  // for each incoming
    };
    const std::vector<Column> columns{{std::nullopt, {false, false, false, false}},
                                      {0.0, {false, false, true, false}},
                                      {1.0, {true, true, true, false}}};
    for (const Column& column : columns) {
      for (std::size_t i = 0; i < incoming.size(); ++i) {
        for (const bool is_target : {true, false}) {
          const std::string& flag = incoming[i];
          CAPTURE(flag);
          CAPTURE(is_target);
          ScopedClient client({.traces_sample_rate = column.rate,
                               .trace_propagation_targets = {{"http://inside/"}}});
          client.random().set({0.5});
          if (flag == "deferred") continue_trace(kTrace + "-" + kSpan, "");
          if (flag == "0" || flag == "1") continue_trace(kTrace + "-" + kSpan + "-" + flag, "");
          HeaderList headers;
          {
            const auto transaction = start_transaction({.name = "x"});
            headers = trace_headers({.url = is_target ? "http://inside/a" : "http://outside/"});
          }
          CHECK(client.captured().transactions().size() == (column.sent[i] ? 1 : 0));
          CHECK(headers.empty() != is_target);
          if (is_target && i > 0) CHECK(header(headers, "sentry-trace").starts_with(kTrace));
        }
      }
    }
  }

  TEST_CASE("no target, no headers; the incoming trace is continued all the same") {  // C101
    ScopedClient client({.trace_propagation_targets = std::vector<std::string>{}});
    CHECK(continue_trace(kTrace + "-" + kSpan + "-1", ""));
    CHECK(trace_headers().empty());
    CHECK(trace_headers({.url = "http://any/"}).empty());
    capture_message("x");
    CHECK(client.captured().last_event()->json().at("contexts.trace.trace_id") == Value(kTrace));
  }

  TEST_CASE("the server of the DSN is never a target") {  // P4.11
    ScopedClient client({.dsn = "http://key@sentry.local:9000/1"});
    CHECK(trace_headers({.url = "http://sentry.local:9000/api/1/envelope/"}).empty());
    CHECK_FALSE(trace_headers({.url = "http://sentry.local:9001/"}).empty());
  }

  TEST_CASE("what a trace says of itself is frozen when it has been told") {  // C091, P4.8
    ScopedClient client({.traces_sample_rate = 1.0});
    auto transaction = start_transaction({.name = "first name"});
    const auto span = start_span({.op = "x"});
    CHECK(has(header(trace_headers(), "baggage"), "sentry-transaction=first%20name"));
    transaction.set_name("second name");
    CHECK(has(header(trace_headers(), "baggage"), "sentry-transaction=first%20name"));
    transaction.finish();
    const auto seen = client.captured().transactions().at(0);
    CHECK(seen.name() == "second name");
    CHECK(seen.envelope().headers.find("trace")->at("transaction") == Value("first name"));
  }

  TEST_CASE("a name that is a URL is not told, and every value is text") {  // C089, C090
    ScopedClient client({.traces_sample_rate = 0.5, .org_id = 77});
    {
      const auto transaction =
          start_transaction({.name = "/users/7", .source = TransactionSource::url});
    }
    const auto seen = client.captured().transactions().at(0);
    const Object* const context = seen.envelope().headers.find("trace")->as_object();
    REQUIRE(context != nullptr);
    CHECK_FALSE(context->contains("transaction"));
    for (const Member& member : *context) CHECK(member.value.as_text() != nullptr);
    CHECK(*context->find("sample_rate") == Value("0.5"));
    CHECK(*context->find("sampled") == Value("true"));
    CHECK(*context->find("org_id") == Value("77"));
  }

  TEST_CASE("members that a request has already are kept") {  // C096
    ScopedClient client;
    const std::string baggage =
        header(trace_headers({.baggage = "theirs=1;p=2, sentry-old=3"}), "baggage");
    CHECK(baggage.starts_with("theirs=1;p=2,sentry-trace_id="));
    CHECK_FALSE(has(baggage, "sentry-old"));
  }

  TEST_CASE("traceparent is sent when asked for, and read when there is nothing else") {  // C098
    ScopedClient client({.traces_sample_rate = 1.0, .propagate_traceparent = true});
    CHECK(continue_trace(std::vector<std::pair<std::string, std::string>>{
        {"traceparent", "00-" + kTrace + "-" + kSpan + "-01"}}));
    const auto transaction = start_transaction({.name = "x"});
    CHECK(transaction.trace_id() == kTrace);
    CHECK(header(trace_headers(), "traceparent") ==
          "00-" + kTrace + "-" + transaction.span_id() + "-01");
    ScopedClient plain({.traces_sample_rate = 1.0});
    CHECK(header(trace_headers(), "traceparent").empty());
  }

  TEST_CASE("a span that is open when a trace is continued is current no longer") {  // P4.18
    ScopedClient client({.traces_sample_rate = 1.0});
    const auto before = start_transaction({.name = "before"});
    CHECK(continue_trace(kTrace + "-" + kSpan + "-1", ""));
    CHECK_FALSE(current_span());
    const auto after = start_transaction({.name = "after"});
    CHECK(after.trace_id() == kTrace);
    CHECK(before.trace_id() != kTrace);
  }

  TEST_CASE("malformed headers start a fresh trace, with a diagnostic") {  // P4.9
    ScopedClient client({.debug = true});
    continue_trace(kTrace + "-" + kSpan, "");
    const std::size_t before = client.diagnostics().size();
    CHECK_FALSE(continue_trace("nonsense", ""));
    CHECK(client.diagnostics().size() == before + 1);
    CHECK_FALSE(header(trace_headers(), "sentry-trace").starts_with(kTrace));
  }

  TEST_CASE("a trace of another organisation is not continued") {  // C102, P4.12
    ScopedClient client({.org_id = 1});
    CHECK_FALSE(continue_trace(kTrace + "-" + kSpan + "-1", "sentry-org_id=2"));
    CHECK(continue_trace(kTrace + "-" + kSpan + "-1", "sentry-org_id=1"));
    ScopedClient strict({.org_id = 1, .strict_trace_continuation = true});
    CHECK_FALSE(continue_trace(kTrace + "-" + kSpan + "-1", ""));
  }

  TEST_CASE("a new trace on demand, and one for each isolation scope") {  // C110, P4.18
    ScopedClient client;
    const std::string first = header(trace_headers(), "baggage");
    CHECK(header(trace_headers(), "baggage") == first);
    client.random().set({0.7});
    start_new_trace();
    const std::string second = header(trace_headers(), "baggage");
    CHECK(second != first);
    CHECK(has(second, "sentry-sample_rand=0.700000"));
    const auto isolated = isolate();
    CHECK(header(trace_headers(), "baggage") != second);
  }

  TEST_CASE("two requests that run at the same time keep their traces apart") {  // S5.11
    ScopedClient client({.traces_sample_rate = 1.0});
    const Context outer = Context::current();
    const auto first_scope = isolate();
    continue_trace(std::string(32, 'a') + "-" + kSpan + "-1", "sentry-release=first");
    const auto first = start_transaction({.name = "first"});
    const Context first_context = Context::current();
    {
      const auto back = outer.enter();
      const auto second_scope = isolate();
      continue_trace(std::string(32, 'b') + "-" + kSpan + "-1", "sentry-release=second");
      const auto second = start_transaction({.name = "second"});
      CHECK(has(header(trace_headers(), "baggage"), "sentry-release=second"));
      const auto inside = first_context.enter();
      CHECK(has(header(trace_headers(), "baggage"), "sentry-release=first"));
    }
    CHECK(has(header(trace_headers(), "baggage"), "sentry-release=first"));
    CHECK(header(trace_headers(), "sentry-trace").starts_with(std::string(32, 'a')));
  }

  TEST_CASE("a child process continues the trace of its environment") {  // C109
    const tests::ScopedEnv trace("SENTRY_TRACE", (kTrace + "-" + kSpan + "-1").c_str());
    const tests::ScopedEnv baggage("SENTRY_BAGGAGE", "sentry-release=parent");
    const auto isolated = Context::current().enter();
    const auto guard = init({.dsn = "http://key@localhost:9/1"});
    CHECK(header(trace_headers(), "sentry-trace").starts_with(kTrace));
    CHECK(has(header(trace_headers(), "baggage"), "sentry-release=parent"));
    start_new_trace();
  }
}

}  // namespace
}  // namespace picket
