// Which errors come in at all: the order of the steps before a capture, the limit per type, storm
// control, and what a debugging host is told.

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/forked_threads.hpp"
#include "support/in_child.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace shop::db {

struct Timeout : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct SlowTimeout : Timeout {
  using Timeout::Timeout;
};

}  // namespace shop::db

namespace picket {
namespace {

using shop::db::SlowTimeout;
using shop::db::Timeout;
using testing::ScopedClient;
using namespace std::chrono_literals;

template <class Error>
EventId capture(const char* text, const CaptureOptions& options = {}) {
  try {
    throw Error(text);
  } catch (const std::exception& error) {
    return capture_exception(error, options);
  }
}

template <class Error = Timeout>
void capture_times(int count, const CaptureOptions& options = {}) {
  for (int i = 0; i < count; ++i) capture<Error>("5 s", options);
}

std::uint64_t dropped(const ScopedClient& client, const char* reason) {
  static_cast<void>(client.captured());
  const CategoryStats stats = client.stats().errors();
  const auto found = stats.dropped.find(reason);
  return found == stats.dropped.end() ? 0 : found->second;
}

std::size_t sent(const ScopedClient& client) { return client.captured().events().size(); }

/// What `contexts.picket` says; -1: nothing.
double told(const testing::CapturedEvent& event, const char* name) {
  const Value& number = event.json().at(std::string("contexts.picket.") + name);
  return number.is_number() ? number.number_or(-1) : -1;
}

std::size_t lines_with(const ScopedClient& client, std::string_view text) {
  const auto lines = client.diagnostics();
  return static_cast<std::size_t>(
      std::count_if(lines.begin(), lines.end(),
                    [&](const std::string& line) { return line.find(text) != std::string::npos; }));
}

/// A client with one probe for each step of S2.3 that has a callback; `stop` names the one that
/// ends the event.
class Steps {
 public:
  explicit Steps(std::string stop) : stop_(std::move(stop)) {
    transport_->set_script([this](std::size_t, std::string_view) -> TransportResponse {
      static_cast<void>(note("transport"));
      return {.status = 200};
    });
    Options options{.dsn = "http://key@localhost:9/1",
                    .sample_rate = 0.5,
                    .before_send =
                        [this](Event& event, Hint&) {
                          saw_scope_ = event.tags["step"] == "scope";
                          return note("before_send");
                        },
                    .event_processors = {[this](Event&, Hint&) { return note("processor"); }},
                    .send_client_reports = false,
                    .transport = transport_};
    options.random = [this] { return note("sample") == Verdict::drop ? 0.9 : 0.1; };
    options.ignore_errors.when(
        [this](const std::exception&) { return note("ignored") == Verdict::drop; });
    if (stop_ == "limit") options.error_limit.per_type = 1;
    if (stop_ == "storm") options.storm_control = true;
    client_ = Client::create(std::move(options));
  }

  /// What one capture of `error` makes the probes see.
  std::vector<std::string> capture(const std::exception_ptr& error) {
    seen_.clear();
    client_.scope().set_tag("step", "scope");
    client_.capture_exception(error, {}, &isolation_);
    CHECK(client_.flush(10s));
    return seen_;
  }

  [[nodiscard]] const Client& client() const noexcept { return client_; }
  [[nodiscard]] bool saw_scope() const noexcept { return saw_scope_; }

 private:
  Verdict note(const char* step) {
    seen_.emplace_back(step);
    return step == stop_ ? Verdict::drop : Verdict::keep;
  }

  std::string stop_;
  std::vector<std::string> seen_{};
  bool saw_scope_ = false;
  std::shared_ptr<testing::MemoryTransport> transport_ =
      std::make_shared<testing::MemoryTransport>();
  Scope isolation_{};
  Client client_{};
};

TEST_SUITE("spec/limits") {
  TEST_CASE("the steps come in one order, and one that ends an event is the last") {  // S2.3
    using Names = std::vector<std::string>;
    struct Row {
      const char* stop;
      const char* reason;
      Names seen;
    };
    const Names all{"ignored", "sample", "processor", "before_send", "transport"};
    // Those without a callback of their own end the second of two captures.
    const Row rows[] = {
        {"ignored", "event_processor", {"ignored"}},
        {"duplicate", "event_processor", {"ignored"}},
        {"limit", "event_processor", {"ignored"}},
        {"storm", "event_processor", {"ignored"}},
        {"sample", "sample_rate", {"ignored", "sample"}},
        {"processor", "event_processor", {"ignored", "sample", "processor"}},
        {"before_send", "before_send", {"ignored", "sample", "processor", "before_send"}},
    };
    Steps free("nothing");
    CHECK(free.capture(std::make_exception_ptr(Timeout("5 s"))) == all);
    CHECK(free.saw_scope());
    for (const Row& row : rows) {
      CAPTURE(row.stop);
      const std::string stop = row.stop;
      Steps steps(stop);
      const auto error = std::make_exception_ptr(Timeout("5 s"));
      const bool is_second = stop == "duplicate" || stop == "limit" || stop == "storm";
      if (is_second) {
        CHECK(steps.capture(stop == "duplicate" ? error : std::make_exception_ptr(Timeout("1"))) ==
              all);
      }
      CHECK(steps.capture(error) == row.seen);
      const CategoryStats errors = steps.client().stats().errors();
      CHECK(errors.captured == (is_second ? 2 : 1));
      CHECK(errors.dropped == std::map<std::string, std::uint64_t>{{row.reason, 1}});
    }
  }

  TEST_CASE("while closed no step runs") {  // S2.3
    Steps steps("nothing");
    steps.client().close(10s);
    CHECK(steps.capture(std::make_exception_ptr(Timeout("5 s"))).empty());
  }

  TEST_CASE("of five allowed and fifty equal errors five leave; a minute later 45 are told") {
    ScopedClient client({.error_limit = {.per_type = 5}});  // S12.2, A9
    capture_times(50);
    CHECK(sent(client) == 5);
    CHECK(dropped(client, "event_processor") == 45);
    client.clock().advance(60s);
    capture_times(2);
    const auto events = client.captured().events();
    REQUIRE(events.size() == 7);
    for (std::size_t i : {0U, 4U, 6U}) CHECK(told(events[i], "suppressed") == -1);
    CHECK(told(events[5], "suppressed") == 45);
  }

  TEST_CASE("without options nothing is limited") {  // S12.2, A9
    const ScopedClient client;
    capture_times(200);
    static_cast<void>(client.captured());
    CHECK(client.stats().errors().sent == 200);
    CHECK(should_capture_error("Timeout"));
  }

  TEST_CASE("the limit counts by minutes of the clock, not from the first error") {  // S12.2
    ScopedClient client({.error_limit = {.per_type = 1}});
    client.clock().advance(59s);
    capture_times(2);
    client.clock().advance(1s);
    capture_times(2);
    CHECK(sent(client) == 2);
  }

  TEST_CASE("each type has its own budget, all have one together") {  // S12.2
    SUBCASE("types are limited one by one, messages are not") {
      const ScopedClient client({.error_limit = {.per_type = 2}});
      capture_times<Timeout>(3);
      capture_times<SlowTimeout>(3);
      for (int i = 0; i < 5; ++i) capture_message("x");
      const auto captured = client.captured();
      CHECK(captured.with_type("Timeout").size() == 2);
      CHECK(captured.with_type("SlowTimeout").size() == 2);
      CHECK(captured.messages().size() == 5);
    }
    SUBCASE("the total counts messages too") {
      ScopedClient client({.error_limit = {.total = 3}});
      capture_message("1");
      capture_times<Timeout>(2);
      capture_message("2");
      capture_times<SlowTimeout>(1);
      CHECK(sent(client) == 3);
      client.clock().advance(60s);
      capture_message("3");
      capture_times<SlowTimeout>(1);
      const auto events = client.captured().events();
      REQUIRE(events.size() == 5);
      CHECK(told(events[3], "suppressed") == 1);
      CHECK(told(events[4], "suppressed") == 1);
    }
  }

  TEST_CASE("captures of every kind and the predicate share the budget of a class name") {  // S12.2
    const ScopedClient client({.error_limit = {.per_type = 4}});
    capture<Timeout>("by reference in its catch block");
    capture_exception(Timeout("by reference"));
    capture_exception(std::make_exception_ptr(Timeout("by pointer")));
    Event event;
    event.exceptions.push_back({.type = "Timeout", .value = "by hand"});
    capture_event(event);
    CHECK_FALSE(should_capture_error("Timeout"));
    CHECK_FALSE(should_capture_error("shop::db::Timeout"));
    CHECK_FALSE(should_capture_error("shop.db.Timeout"));
    CHECK(should_capture_error("SlowTimeout"));
    capture_event(event);
    CHECK(sent(client) == 4);
  }

  TEST_CASE("a nested error has the budget of the class that was thrown") {  // S12.2
    const ScopedClient client({.error_limit = {.per_type = 1}});
    try {
      try {
        throw std::bad_alloc();
      } catch (...) {
        std::throw_with_nested(Timeout("5 s"));
      }
    } catch (...) {
      capture_exception();
    }
    CHECK_FALSE(should_capture_error("Timeout"));
    CHECK(should_capture_error("bad_alloc"));
  }

  TEST_CASE("the predicate takes one unit, and pays for the capture that follows") {  // S12.2
    ScopedClient client({.error_limit = {.per_type = 5}});
    int asked = 0;
    for (int i = 0; i < 50; ++i) {
      if (!should_capture_error("Timeout")) continue;
      ++asked;
      capture<Timeout>("5 s");
    }
    CHECK(asked == 5);
    CHECK(sent(client) == 5);
    CHECK(dropped(client, "event_processor") == 0);  // none of the others was captured
    client.clock().advance(60s);
    REQUIRE(should_capture_error("Timeout"));
    capture<Timeout>("5 s");
    CHECK(told(*client.captured().last_event(), "suppressed") == 45);
  }

  TEST_CASE("a unit that was asked for is used once, by its thread, in its minute") {  // S12.2
    ScopedClient client({.error_limit = {.per_type = 1}});
    REQUIRE(should_capture_error("Timeout"));
    std::thread([] { capture<Timeout>("another thread"); }).join();
    CHECK(sent(client) == 0);
    client.clock().advance(60s);
    capture_times(2);
    CHECK(sent(client) == 1);
  }

  TEST_CASE("while off the predicate says yes") {  // S12.2
    CHECK(should_capture_error("Timeout"));
    const Client none;
    CHECK(none.should_capture_error("Timeout"));
    const ScopedClient client({.error_limit = {.per_type = 1}});
    client.client().close(0ms);
    for (int i = 0; i < 3; ++i) CHECK(should_capture_error("Timeout"));
  }

  TEST_CASE("the budget of a client is its own") {  // S12.2
    const ScopedClient outer({.error_limit = {.per_type = 1}});
    capture_times(2);
    const ScopedClient inner({.error_limit = {.per_type = 1}});
    CHECK(inner.client().should_capture_error("Timeout"));
    CHECK_FALSE(inner.client().should_capture_error("Timeout"));
    CHECK_FALSE(outer.client().should_capture_error("Timeout"));
  }

  TEST_CASE("what was suppressed is told by the next that really leaves") {  // S12.2
    ScopedClient client({.sample_rate = 0.5, .error_limit = {.per_type = 1}});
    capture_times(4);
    client.clock().advance(60s);
    client.random().set({0.9});
    capture_times(1);  // sampled out
    client.clock().advance(60s);
    client.random().set({0.1});
    capture_times(1);
    const auto events = client.captured().events();
    REQUIRE(events.size() == 2);
    CHECK(told(events[1], "suppressed") == 3);
  }

  TEST_CASE("the limit holds for many threads at once") {  // S12.3
    const ScopedClient client({.error_limit = {.per_type = 7}});
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([] { capture_times(100); });
    for (auto& thread : threads) thread.join();
    CHECK(sent(client) == 7);
    CHECK(dropped(client, "event_processor") == 393);
  }

  TEST_CASE("a child of a fork has a limit that works, and begins anew") {  // S12.2
    if (!tests::kForkedThreadsWork) return;
    const ScopedClient client({.error_limit = {.per_type = 2}});
    capture_times(3);
    static_cast<void>(client.captured());
    const int granted = tests::in_child([] {
      int count = 0;
      for (int i = 0; i < 5; ++i) count += should_capture_error("Timeout") ? 1 : 0;
      return count;
    });
    CHECK(granted == 2);
  }

  TEST_CASE("of equal errors the first, tenth and hundredth leave, with their number") {  // S13.1
    const ScopedClient client({.storm_control = true});
    capture_times(120);
    const auto events = client.captured().events();
    REQUIRE(events.size() == 3);
    CHECK(told(events[0], "occurrences") == 1);
    CHECK(told(events[1], "occurrences") == 10);
    CHECK(told(events[2], "occurrences") == 100);
    CHECK(dropped(client, "event_processor") == 117);
  }

  TEST_CASE("equal is one fingerprint, else one type at one place") {  // S13.1
    const ScopedClient client({.storm_control = true});
    SUBCASE("other types and other places are others") {
      capture_times<Timeout>(2);
      capture_times<SlowTimeout>(2);
      capture_exception(Timeout("another place"));
      CHECK(sent(client) == 3);
    }
    SUBCASE("a fingerprint joins them") {
      capture_times<Timeout>(1, {.fingerprint = {"db"}});
      capture_times<SlowTimeout>(1, {.fingerprint = {"db"}});
      CHECK(sent(client) == 1);
    }
    SUBCASE("and keeps them apart") {
      capture_times<Timeout>(1, {.fingerprint = {"a"}});
      capture_times<Timeout>(1, {.fingerprint = {"b"}});
      CHECK(sent(client) == 2);
    }
    SUBCASE("one of a scope counts") {
      const ScopeGuard scope = push_scope();
      set_fingerprint({"db"});
      capture_times<Timeout>(1);
      capture_times<SlowTimeout>(1);
      CHECK(sent(client) == 1);
    }
    SUBCASE("the default as a part of it means what it says") {
      capture_times<Timeout>(1, {.fingerprint = {"{{ default }}", "a"}});
      capture_times<SlowTimeout>(1, {.fingerprint = {"{{ default }}", "a"}});
      capture_times<SlowTimeout>(1, {.fingerprint = {"{{default}}", "a"}});
      CHECK(sent(client) == 2);
    }
    SUBCASE("messages are told apart by their text") {
      for (const char* text : {"a", "b", "a", "b"}) capture_message(text);
      CHECK(sent(client) == 2);
    }
  }

  TEST_CASE("without storm control every error leaves, and has no number") {  // S13.1
    const ScopedClient client;
    capture_times(20);
    const auto events = client.captured().events();
    CHECK(events.size() == 20);
    CHECK(told(events[0], "occurrences") == -1);
    CHECK_FALSE(events[0].has_context("picket"));
  }

  TEST_CASE("hosts cannot write what the client itself tells") {  // S13.1
    ScopedClient client({.storm_control = true});
    set_context("picket", {{"occurrences", 7}});
    capture_times(1);
    CHECK(told(*client.captured().last_event(), "occurrences") == 1);
  }

  TEST_CASE("a class that is ignored takes its subclasses along, and predicates decide") {  // S11.2
    const ScopedClient client(
        {.ignore_errors = IgnoreErrors().type<Timeout>().when([](const std::exception& error) {
          if (std::string(error.what()) == "boom") throw std::runtime_error("predicate is broken");
          return std::string(error.what()) == "user error";
        })});
    capture<Timeout>("base");
    capture<SlowTimeout>("derived");
    capture_exception(SlowTimeout("by reference"));
    capture_exception(std::make_exception_ptr(SlowTimeout("by pointer")));
    capture<std::runtime_error>("user error");
    CHECK(sent(client) == 0);
    CHECK(dropped(client, "event_processor") == 5);
    CHECK(client.captured().reported("event_processor", "error") == 5);
    capture<std::runtime_error>("server error");
    capture<std::runtime_error>("boom");  // what a predicate throws counts as no
    capture_exception(std::make_exception_ptr(42));
    CHECK(sent(client) == 3);
  }

  TEST_CASE("an ignored name costs no unit of the budget") {  // S11.2, S2.3
    const ScopedClient client(
        {.ignore_errors = {"shop::db::Timeout", "noise"}, .error_limit = {.total = 1}});
    capture_times<Timeout>(5);
    capture_message("noise of a kind");
    Event event;
    event.exceptions.push_back({.type = "Timeout", .value = "x", .module = "shop::db"});
    capture_event(event);
    CHECK(sent(client) == 0);
    capture_times<SlowTimeout>(1);
    CHECK(sent(client) == 1);
    CHECK(dropped(client, "event_processor") == 7);
  }

  TEST_CASE("a capture inside of a predicate does not recurse") {  // S8.5, S11.2
    int calls = 0;
    const ScopedClient client({.ignore_errors = IgnoreErrors().when([&](const std::exception&) {
      ++calls;
      CHECK(capture<Timeout>("inner").is_nil());
      return false;
    })});
    capture<Timeout>("outer");
    CHECK(calls == 1);
    CHECK(sent(client) == 1);
    CHECK(dropped(client, "event_processor") == 1);
  }

  TEST_CASE("debug mode names a place without context, and a loop, once each") {  // S11.4
    ScopedClient client({.debug = true});
    constexpr const char* kNoContext = "captures without extra context or tags";
    constexpr const char* kLoop = "more than 20 times in a second";
    capture_times(1, {.tags = {{"step", "one"}}});
    capture_times(1, {.extra_context = {{"step", "one"}}});
    CHECK(lines_with(client, kNoContext) == 0);
    capture_times(3);
    CHECK(lines_with(client, kNoContext) == 1);
    CHECK(lines_with(client, "limits_test.cpp:") >= 1);

    client.clock().advance(1s);
    capture_times(20);
    CHECK(lines_with(client, kLoop) == 0);
    client.clock().advance(1s);
    capture_times<Timeout>(15);
    capture_times<SlowTimeout>(15);
    CHECK(lines_with(client, kLoop) == 0);
    capture_times<Timeout>(25);
    CHECK(lines_with(client, kLoop) == 1);
    client.clock().advance(1s);
    capture_times<Timeout>(50);
    CHECK(lines_with(client, kLoop) == 1);
  }

  TEST_CASE("without debug mode nobody is told") {  // S11.4
    const ScopedClient client({.debug = false, .diagnostic_level = Level::debug});
    capture_times(50);
    CHECK(lines_with(client, "without extra context") == 0);
    CHECK(lines_with(client, "in a second") == 0);
  }

  TEST_CASE("the four controls of volume, each alone and all together") {  // S13.1
    // A hundred errors: 40 of users, 60 of the service in 3 places of 20; each with 100 breadcrumbs
    // in its scope. Ten transactions. Random numbers 0.0, 0.1, … 0.9 over and over.
    const auto work = [](ScopedClient& client) {
      std::vector<double> numbers;
      for (int i = 0; i < 10; ++i) numbers.push_back(i / 10.0);
      client.random().set(numbers);
      for (int i = 0; i < 100; ++i) add_breadcrumb("note");
      for (int i = 0; i < 40; ++i) capture<std::invalid_argument>("bad id");
      for (int i = 0; i < 60; ++i) capture<Timeout>("5 s");
      for (int i = 0; i < 10; ++i) {
        const auto scope = isolate();
        start_transaction({.op = "task", .name = "tick"}).finish();
      }
    };
    struct Row {
      const char* name;
      Options options;
      std::size_t errors;
      std::size_t transactions;
      std::size_t breadcrumbs;
    };
    const auto ignore = [](Options options) {
      options.ignore_errors.type<std::invalid_argument>();
      return options;
    };
    const Row rows[] = {
        {"none", {.traces_sample_rate = 1.0}, 100, 10, 100},
        {"filter", ignore({.traces_sample_rate = 1.0}), 60, 10, 100},
        // Each transaction draws the number of its new trace: 0.0, 0.1, … of which 3 are below 0.3.
        {"sample", {.traces_sample_rate = 0.3}, 100, 3, 100},
        {"limit", {.traces_sample_rate = 1.0, .error_limit = {.per_type = 5}}, 10, 10, 100},
        {"breadcrumbs", {.traces_sample_rate = 1.0, .max_breadcrumbs = 50}, 100, 10, 50},
        {"all",
         ignore({.traces_sample_rate = 0.3, .error_limit = {.per_type = 5}, .max_breadcrumbs = 50}),
         5, 3, 50},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      ScopedClient client(row.options);
      work(client);
      const auto captured = client.captured();
      CHECK(captured.errors().size() == row.errors);
      CHECK(captured.transactions().size() == row.transactions);
      CHECK(captured.last_error()->breadcrumbs().size() == row.breadcrumbs);
      CHECK(client.stats().errors().captured == 100);
      CHECK(client.stats().errors().dropped_total() == 100 - row.errors);
      CHECK(client.stats().of("transaction").captured == 10);
    }
  }

  TEST_CASE("one loss of each reason is in the reports with its number") {  // S8.10
    int to_hook = 0;
    ScopedClient client(
        {.sample_rate = 0.5,
         .ignore_errors = {"invalid_argument"},
         .error_limit = {.per_type = 2},
         .before_send = [&](Event&,
                            Hint&) { return to_hook-- > 0 ? Verdict::drop : Verdict::keep; },
         .event_processors = {
             [](Event& event, Hint&) { return event.message ? Verdict::drop : Verdict::keep; }}});
    capture<std::invalid_argument>("ignored");  // event_processor 1
    capture_message("for the processor");       // event_processor 2
    const auto error = std::make_exception_ptr(SlowTimeout("5 s"));
    capture_exception(error);  // sent
    capture_exception(error);  // event_processor 3: a duplicate
    static_cast<void>(client.captured());
    to_hook = 1;
    capture_times<Timeout>(3);  // before_send, sent, event_processor 4
    static_cast<void>(client.captured());
    client.random().set({0.7});
    capture<std::range_error>("sampled out");
    CHECK(sent(client) == 2);
    const auto captured = client.captured();
    CHECK(captured.reported("event_processor", "error") == 4);
    CHECK(captured.reported("before_send", "error") == 1);
    CHECK(captured.reported("sample_rate", "error") == 1);
    const CategoryStats stats = client.stats().errors();
    CHECK(stats.captured == 8);
    CHECK(stats.dropped_total() == 6);
  }

  TEST_CASE("losses of the network and the server are in the reports too") {  // S8.10
    ScopedClient client({.max_attempts = 1});
    SUBCASE("an answer of the server that is final") {
      client.transport().set_script([](std::size_t call, std::string_view) -> TransportResponse {
        return {.status = call == 1 ? 400 : 200};
      });
      capture<Timeout>("refused");
      capture<Timeout>("accepted");
      CHECK(sent(client) == 1);
      CHECK(dropped(client, "send_error") == 1);
      CHECK(client.captured().reported("send_error", "error") == 1);
    }
  }
}

}  // namespace
}  // namespace picket
