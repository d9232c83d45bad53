// Commands that are suspended and go on elsewhere.

#include "picket/command_run.hpp"

#include "picket/json.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

#include <array>
#include <barrier>
#include <coroutine>
#include <functional>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace picket {
namespace {

using namespace std::chrono_literals;
using testing::CapturedEvent;
using testing::ScopedClient;

/// A coroutine that starts at once and that nobody waits for.
struct Job {
  struct promise_type {
    Job get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

/// Parks a coroutine until some thread resumes it.
class Baton {
 public:
  void resume() { std::exchange(parked_, nullptr).resume(); }
  void drop() { std::exchange(parked_, nullptr).destroy(); }

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) noexcept { parked_ = coroutine; }
  void await_resume() const noexcept {}

 private:
  std::coroutine_handle<> parked_{};
};

CommandContext command_of(const std::string& id) {
  return {.name = "command " + id, .invocation_id = id, .author = User{.id = id}};
}

constexpr int kSteps = 50;

Job run_in_steps(std::string id, Baton& baton) {
  CommandRun run(command_of(id));
  Turn turn = run.enter();
  Span span = start_span({.op = "work", .description = id});
  for (int i = 0; i < kSteps; ++i) {
    const ScopeGuard temporary = push_scope();
    set_tag("step_of_" + id, i);
    co_await turn.await(baton);
    add_breadcrumb(id);
    capture_message(id);
    start_span({.op = "step", .description = id}).finish();
  }
  span.finish();
  run.finish();
}

Job fail_elsewhere(Baton& baton, bool is_users) {
  CommandRun run(command_of("7"));
  Turn turn = run.enter();
  try {
    co_await turn.await(baton);
    throw std::invalid_argument("late");
  } catch (const std::exception&) {
    run.fail(std::current_exception(), is_users);
  }
}

template <class Work>
void on_another_thread(Work work) {
  std::jthread(std::move(work)).join();
}

TEST_SUITE("service/command_run") {
  TEST_CASE("two coroutines that change threads at every step never mix") {  // S7.1, S5.11
    const ScopedClient client({.traces_sample_rate = 1.0, .max_queue_items = 1000});
    std::array<Baton, 2> batons;
    run_in_steps("0", batons[0]);
    run_in_steps("1", batons[1]);
    std::barrier round(2);
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 2; ++t) {
      threads.emplace_back([&, t] {
        const ScopeGuard own = isolate();
        set_tag("thread", t);
        for (std::size_t r = 0; r < kSteps; ++r) {
          round.arrive_and_wait();
          batons[(r + t) % 2].resume();
        }
        capture_message("thread");
      });
    }
    threads.clear();
    const auto captured = client.captured();
    for (const std::string id : {"0", "1"}) {
      CAPTURE(id);
      const auto transactions = captured.transactions_named("command " + id);
      REQUIRE(transactions.size() == 1);
      CHECK(transactions[0].status() == "ok");
      CHECK(transactions[0].json().at("user.id") == Value(id));
      REQUIRE(transactions[0].with_op("work").size() == 1);
      const auto steps = transactions[0].with_op("step");
      REQUIRE(steps.size() == kSteps);
      for (const auto& step : steps) {
        CHECK(step.description() == id);
        CHECK(step.parent_span_id() == transactions[0].with_op("work")[0].span_id());
      }
    }
    std::array<int, 2> seen{};
    for (const CapturedEvent& event : captured.events()) {
      const std::string id = event.message();
      if (id == "thread") {
        CHECK(event.tag("thread"));
        CHECK(event.json().at("user").is_null());
        CHECK(event.breadcrumbs().empty());
        continue;
      }
      const int step = seen[id == "0" ? 0 : 1]++;
      CHECK(event.json().at("user.id") == Value(id));
      CHECK(event.has_tag("command.name", "command " + id));
      CHECK(event.has_tag("step_of_" + id, std::to_string(step)));
      CHECK_FALSE(event.tag("step_of_" + std::string(id == "0" ? "1" : "0")));
      CHECK_FALSE(event.tag("thread"));
      CHECK(event.breadcrumbs() ==
            std::vector<std::string>(static_cast<std::size_t>(step) + 1, id));
      CHECK(event.json().at("contexts.trace.trace_id") ==
            captured.transactions_named("command " + id)[0].trace_id());
    }
    CHECK(seen == std::array<int, 2>{kSteps, kSteps});
  }

  TEST_CASE("a coroutine that fails on another thread tells all there is to tell") {  // S7.3
    for (const bool is_users : {false, true}) {
      CAPTURE(is_users);
      ScopedClient client({.traces_sample_rate = 1.0});
      Baton baton;
      fail_elsewhere(baton, is_users);
      client.clock().advance(30ms);
      on_another_thread([&] { baton.resume(); });
      const auto captured = client.captured();
      REQUIRE(captured.transactions().size() == 1);
      CHECK(captured.transactions()[0].status() ==
            (is_users ? "invalid_argument" : "internal_error"));
      CHECK(captured.transactions()[0].tag("command.execution_time_ms") == "30");
      REQUIRE(captured.errors().size() == (is_users ? 0 : 1));
      if (is_users) continue;
      CHECK(to_json(captured.errors()[0].json().at("contexts.extra")) ==
            R"({"command":"command 7","guild_id":null,"channel_id":null})");
      CHECK(captured.errors()[0].json().at("user.id") == Value("7"));
      capture_message("here");
      CHECK(client.captured().last_event()->json().at("user").is_null());
    }
  }

  TEST_CASE("a coroutine that is never resumed ends its command with itself") {
    const ScopedClient client({.traces_sample_rate = 1.0});
    Baton baton;
    run_in_steps("9", baton);
    on_another_thread([&] {
      set_tag("thread", "own");
      baton.drop();  // a temporary scope and a span of it are open
      capture_message("after");
    });
    const auto captured = client.captured();
    CHECK(captured.with_message("after")[0].has_tag("thread", "own"));
    CHECK(captured.with_message("after")[0].json().at("user").is_null());
    REQUIRE(captured.transactions().size() == 1);
    CHECK(captured.transactions()[0].json().at("user.id") == Value("9"));
    CHECK(captured.transactions()[0].tag("command.outcome") == "ok");
  }

  TEST_CASE("a run that an exception leaves has failed") {
    const ScopedClient client({.traces_sample_rate = 1.0});
    try {
      CommandRun run(command_of("3"));
      run = CommandRun(command_of("4"));
      throw std::runtime_error("out");
    } catch (const std::runtime_error&) {
    }
    const auto captured = client.captured();
    REQUIRE(captured.transactions().size() == 2);
    CHECK(captured.transactions_named("command 3")[0].status() == "ok");
    CHECK(captured.transactions_named("command 4")[0].status() == "internal_error");
    CHECK(captured.transactions_named("command 4")[0].tag("command.success") == "false");
  }

  TEST_CASE("turns of callbacks: one at a time, and the thread gets its own back") {
    const ScopedClient client;
    set_tag("thread", "own");
    WorkScopes work;
    {
      Turn turn = work.enter();
      set_tag("work", 1);
      Turn second = work.enter();  // does nothing
      second.leave();
      capture_message("inside");
      turn.leave();
      turn.leave();
      capture_message("between");
      turn.enter();
      capture_message("again");
      const Turn moved = std::move(turn);
    }
    capture_message("outside");
    const auto captured = client.captured();
    const auto has_work = [&](const char* text) {
      return captured.with_message(text)[0].tag("work").has_value();
    };
    CHECK(has_work("inside"));
    CHECK_FALSE(has_work("between"));
    CHECK(has_work("again"));
    CHECK_FALSE(has_work("outside"));
  }

  TEST_CASE("work of a command on a pool of threads belongs to it") {  // S5.11, S7.1
    const ScopedClient client({.traces_sample_rate = 1.0});
    std::vector<std::function<void()>> queue;
    for (const std::string id : {"0", "1"}) {
      const ScopeGuard dispatcher = isolate();
      run_command(command_of(id), [&] {
        std::latch done(2);
        std::vector<std::jthread> pool;
        for (int t = 0; t < 2; ++t) {
          pool.emplace_back(Context::current().wrap([&] {
            capture_message("part of " + id);
            start_span({.op = "part"}).finish();
            done.count_down();
          }));
        }
        done.wait();
      });
    }
    const auto captured = client.captured();
    for (const std::string id : {"0", "1"}) {
      const auto transaction = captured.transactions_named("command " + id);
      REQUIRE(transaction.size() == 1);
      CHECK(transaction[0].with_op("part").size() == 2);
      const auto parts = captured.with_message("part of " + id);
      REQUIRE(parts.size() == 2);
      for (const CapturedEvent& part : parts) {
        CHECK(part.json().at("user.id") == Value(id));
        CHECK(part.json().at("contexts.trace.trace_id") == transaction[0].trace_id());
      }
    }
  }

  TEST_CASE("while off a coroutine runs, and its errors are answered") {  // §15.1
    std::string told;
    CommandRun run(command_of("1"), {.reply = [&](const ErrorReply& reply) { told = reply.text; }});
    Turn turn = run.enter();
    CHECK_FALSE(run.transaction());
    CHECK(run.fail(std::make_exception_ptr(std::runtime_error("x"))).text ==
          "Something went wrong.");
    CHECK(told == "Something went wrong.");
  }
}

}  // namespace
}  // namespace picket
