// What hosts see of `threads.hpp`: one event for each hang, with the stacks that tell why.

#include "picket/threads.hpp"

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/allocations.hpp"
#include "support/forked_threads.hpp"
#include "support/in_child.hpp"
#include "support/thread_signals.hpp"

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <latch>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

// Outside of picket's namespace, whose frames are left out. The empty statements keep the callers
// on the stack.
namespace shop {

std::mutex till;

[[gnu::noinline]] void wait_for_the_till() {
  const std::lock_guard lock(till);
  asm volatile("");
}

[[gnu::noinline]] picket::EventId look_around() {
  const picket::EventId id = picket::capture_threads("the shop stands still");
  asm volatile("");
  return id;
}

}  // namespace shop

namespace picket {
namespace {

using namespace std::chrono_literals;
using testing::CapturedEvent;
using testing::ScopedClient;

/// Asks for up to 20 seconds: what is waited for happens on other threads.
bool eventually(const std::function<bool()>& question) {
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (std::chrono::steady_clock::now() < until) {
    if (question()) return true;
    std::this_thread::sleep_for(1ms);
  }
  return question();
}

bool has_errors(const ScopedClient& client, std::size_t count) {
  return eventually([&] { return client.captured().errors().size() >= count; });
}

const Value& thread_named(const CapturedEvent& event, std::string_view name) {
  static const Value none;
  const List* const threads = event.json().at("threads.values").as_list();
  if (threads == nullptr) return none;
  for (const Value& thread : *threads) {
    if (thread.at("name").text_or("") == name) return thread;
  }
  return none;
}

bool stands_on(const Value& holder, std::string_view function) {
  const List* const frames = holder.at("stacktrace.frames").as_list();
  if (frames == nullptr) return false;
  for (const Value& frame : *frames) {
    if (frame.at("function").text_or("") == function) return true;
  }
  return false;
}

bool is_true(const Value& value) { return value.as_bool() != nullptr && *value.as_bool(); }

bool has_watch_thread() {
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(thread.path() / "comm"), name);
    if (name == "picket-watch") return true;
  }
  return false;
}

/// A named thread that does `work`; joined at the end.
class Named {
 public:
  Named(const char* name, std::function<void()> work)
      : thread_([name, work = std::move(work), this] {
          pthread_setname_np(pthread_self(), name);
          begun_.count_down();
          work();
        }) {
    begun_.wait();
  }
  ~Named() { thread_.join(); }
  Named(const Named&) = delete;
  Named& operator=(const Named&) = delete;

 private:
  std::latch begun_{1};
  std::thread thread_;
};

TEST_SUITE("sdk/threads") {
  TEST_CASE("all threads are told by name, state and stack, the calling one as current" *
            doctest::skip(!tests::kThreadsTellStacks)) {  // P3.10
    const ScopedClient client;
    set_tag("branch", "north");
    std::unique_lock hold(shop::till);
    const Named waiter("waiter", [] { shop::wait_for_the_till(); });
    const bool is_seen = eventually([&] {
      CHECK(!shop::look_around().is_nil());
      const auto event = client.captured().last_event();
      return event && stands_on(thread_named(*event, "waiter"), "shop::wait_for_the_till");
    });
    hold.unlock();
    REQUIRE(is_seen);

    const CapturedEvent event = *client.captured().last_event();
    CHECK(event.message() == "the shop stands still");
    CHECK(event.level() == "error");
    CHECK(event.has_tag("branch", "north"));
    const Value& waiting = thread_named(event, "waiter");
    CHECK(waiting.at("state").text_or("") == "sleeping");
    CHECK(!is_true(waiting.at("current")));
    CHECK(is_true(waiting.at("stacktrace.snapshot")));  // P3.11
    CHECK(waiting.at("stacktrace.instruction_addr_adjustment").text_or("") == "all_but_first");

    std::size_t current = 0;
    const List* const threads = event.json().at("threads.values").as_list();
    for (const Value& thread : *threads) {
      if (!is_true(thread.at("current"))) continue;
      ++current;
      CHECK(is_true(thread.at("main")));
      const List* const frames = thread.at("stacktrace.frames").as_list();
      REQUIRE(frames != nullptr);
      CHECK(frames->back().at("function").text_or("") == "shop::look_around");
    }
    CHECK(current == 1);
  }

  TEST_CASE("options say more of the event, and a limit on errors holds for it") {
    const ScopedClient client({.error_limit = {.total = 1}});
    CHECK(
        !capture_threads("slow", {.tags = {{"queue", "mail"}}, .level = Level::warning}).is_nil());
    CHECK(capture_threads("slow").is_nil());
    const auto event = client.captured().last_event();
    REQUIRE(event);
    CHECK(event->level() == "warning");
    CHECK(event->has_tag("queue", "mail"));
  }

  TEST_CASE("while picket is off nothing is done, and nothing allocated") {
    CHECK(tests::count_allocations([] {
            CHECK(capture_threads("off").is_nil());
            const SpanDeadline deadline(1s);
            const SpanDeadline other(SpanHandle(), 1s);
            const Watchdog none;
            none.heartbeat();
            const auto pause = none.pause();
          }) == 0);
  }
}

TEST_SUITE("sdk/watchdog") {
  TEST_CASE("a loop that stops is told once, with its stack; its recovery is a breadcrumb" *
            doctest::skip(!tests::kThreadsTellStacks)) {
    const ScopedClient client;
    std::unique_lock hold(shop::till);
    const Watchdog watchdog("mixer", 40ms);
    {
      const Named mixer("mixer", [&] {
        watchdog.heartbeat();
        shop::wait_for_the_till();
        watchdog.heartbeat();
      });
      REQUIRE(has_errors(client, 1));
      // Long enough for a second report, if there were one.
      std::this_thread::sleep_for(120ms);
      hold.unlock();
    }
    const auto errors = client.captured().errors();
    REQUIRE(errors.size() == 1);
    const CapturedEvent& event = errors.front();
    CHECK(event.type() == "Stalled");
    CHECK(event.value().starts_with("mixer: no heartbeat for "));
    CHECK(event.level() == "error");
    CHECK(event.has_tag("watchdog", "mixer"));
    const Value& exception = (*event.json().at("exception.values").as_list()).back();
    CHECK(exception.at("mechanism.type").text_or("") == "auto.watchdog");  // P3.7
    CHECK(stands_on(exception, "shop::wait_for_the_till"));
    // The stack is with the exception alone. P3.10
    const Value& mixer = thread_named(event, "mixer");
    CHECK(is_true(mixer.at("current")));
    CHECK(mixer.at("stacktrace").is_null());
    CHECK(mixer.at("id").text_or("?") == exception.at("thread_id").text_or(""));
    CHECK(event.json().at("threads.values").as_list()->size() > 1);

    const bool has_recovered = eventually([&] {
      capture_message("look");
      const auto crumbs = client.captured().last_event()->breadcrumbs();
      return !crumbs.empty() && crumbs.back().starts_with("mixer: heartbeat again after ");
    });
    CHECK(has_recovered);
  }

  TEST_CASE("a loop that pauses is left alone, and each stall of another is told once") {
    const ScopedClient client;
    const Watchdog pausing("pausing", 40ms);
    const auto pause = pausing.pause();
    const auto stalls = [&] { return client.captured().with_tag("watchdog", "silent").size(); };
    {
      const Watchdog silent("silent", 40ms, {.all_threads = false});
      CHECK(eventually([&] { return stalls() == 1; }));
      silent.heartbeat();
      CHECK(eventually([&] { return stalls() == 2; }));
    }
    { const auto another = pausing.pause(); }
    const Watchdog later("later", 80ms);  // longer than the others would need
    CHECK(has_errors(client, 3));
    CHECK(stalls() == 2);
    CHECK(client.captured().with_tag("watchdog", "pausing").empty());
  }

  TEST_CASE("a heartbeat does not allocate") {
    const ScopedClient client;
    const Watchdog watchdog("loop", 10s);
    watchdog.heartbeat();
    CHECK(tests::count_allocations([&] {
            for (int i = 0; i < 1000; ++i) watchdog.heartbeat();
            const auto pause = watchdog.pause();
          }) == 0);
  }

  TEST_CASE("one that was made before the client begins with it, and ends with its owner") {
    Watchdog early("early", 20ms);
    {
      const ScopedClient client;
      const Watchdog starter("starter", 10s);  // a fixture does not start the thread, `init` does
      CHECK(has_errors(client, 1));
    }
    early = Watchdog();
    const ScopedClient client;
    const Watchdog other("other", 20ms);
    CHECK(has_errors(client, 1));
    CHECK(client.captured().with_tag("watchdog", "early").empty());
  }

  TEST_CASE("its thread comes with the client, and ends with close") {
    const auto transport = std::make_shared<testing::MemoryTransport>();
    const Watchdog early("early", 20ms);
    {
      const auto guard = init({.dsn = "https://key@localhost/1", .transport = transport});
      CHECK(transport->wait_for_calls(1, 20s));
      CHECK(has_watch_thread());
    }
    CHECK(eventually([] { return !has_watch_thread(); }));
    CHECK(transport->captured().with_tag("watchdog", "early").size() == 1);
  }

  TEST_CASE("a forked child has its own, and misses no loop of its parent" *
            doctest::skip(!tests::kForksAmongAllocationsWork)) {  // P7.20
    const ScopedClient client;
    const Watchdog parents("parents", 50ms);
    const auto told = tests::in_child([] {
      const ScopedClient own;
      const Watchdog childs("childs", 200ms);  // would come after the parent's
      const bool is_told = has_errors(own, 1);
      const auto captured = own.captured();
      return (is_told && captured.with_tag("watchdog", "childs").size() == 1 ? 1 : 0) +
             (captured.with_tag("watchdog", "parents").empty() ? 2 : 0);
    });
    CHECK(told == 3);
  }
}

TEST_SUITE("sdk/span_deadline") {
  TEST_CASE("a span that runs too long is told while it runs, with its stack, scope and trace" *
            doctest::skip(!tests::kThreadsTellStacks)) {
    const ScopedClient client({.traces_sample_rate = 1.0});
    std::unique_lock hold(shop::till);
    std::string trace_id;
    {
      const Named worker("worker", [&] {
        const auto isolated = isolate();
        set_tag("customer", "7");
        auto transaction = start_transaction({.op = "http.server", .name = "GET /orders"});
        trace_id = transaction.trace_id();
        const SpanDeadline deadline(transaction, 30ms);
        shop::wait_for_the_till();
      });
      const bool is_told = has_errors(client, 1);
      const bool is_running = client.captured().transactions().empty();
      hold.unlock();
      REQUIRE(is_told);
      CHECK(is_running);
    }
    const auto captured = client.captured();
    REQUIRE(captured.errors().size() == 1);
    const CapturedEvent event = captured.errors().front();
    CHECK(event.type() == "DeadlineExceeded");
    CHECK(event.value() == "GET /orders is still running after 30 ms");
    CHECK(event.has_tag("customer", "7"));
    CHECK(event.json().at("contexts.trace.trace_id").text_or("") == trace_id);  // P4.10
    CHECK(event.json().at("transaction").text_or("") == "GET /orders");
    const Value& exception = (*event.json().at("exception.values").as_list()).back();
    CHECK(exception.at("mechanism.type").text_or("") == "auto.deadline");
    CHECK(stands_on(exception, "shop::wait_for_the_till"));
    CHECK(event.json().at("threads.values").as_list()->size() == 1);  // nobody else is interrupted
    CHECK(captured.transactions().size() == 1);
  }

  TEST_CASE("one that ends in time is not told, nor is one whose span has ended") {
    const ScopedClient client({.traces_sample_rate = 1.0});
    {
      auto transaction = start_transaction({.op = "task", .name = "quick"});
      { const SpanDeadline in_time(10s); }
      auto span = start_span({.op = "db.query"});
      const SpanDeadline of_span(span, 20ms);
      span.finish();
      const Watchdog silent("silent", 100ms);  // due later than the deadline
      CHECK(eventually([&] { return client.captured().errors().size() >= 1; }));
    }
    CHECK(client.captured().with_type("DeadlineExceeded").empty());
  }

  TEST_CASE("a child span, and a transaction that is not sampled, are told too") {
    const ScopedClient client({.traces_sample_rate = 0.0});
    const auto transaction = start_transaction({.op = "task", .name = "quiet"});
    const auto span = start_span({.op = "db.query"});
    const SpanDeadline deadline(10ms);
    CHECK(has_errors(client, 1));
    CHECK(client.captured().errors().front().value() == "quiet is still running after 10 ms");
  }
}

}  // namespace
}  // namespace picket
