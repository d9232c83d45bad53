// Failures at the wrong moment or on the wrong thread.

#include "ways.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace shop {

namespace {

using namespace std::chrono_literals;

/// Fails as the host's own code does when the worker calls it.
struct FailingTransport final : picket::Transport {
  picket::TransportResponse send(std::string_view) override {
    read_null();
    return {.status = 200};
  }
};

/// Has the worker call what was given to picket; without picket nobody does, but for us.
std::function<void()> captures_or(void (*fail)()) {
  return [fail] {
    if (!picket::is_initialized()) fail();
    picket::capture_message("an event on its way", picket::Level::error);
    picket::flush(10s);
  };
}

/// Fails when `close` waits for the worker, which waits for this.
picket::BeforeSend hook_that_waits_and(void (*fail)()) {
  return [fail](picket::Event& event, picket::Hint&) noexcept {
    if (!event.message) return picket::Verdict::keep;
    wait_until([] { return !picket::is_initialized(); });
    fail();
    return picket::Verdict::keep;
  };
}

void close_while_a_hook_runs(void (*fail)()) {
  if (!picket::is_initialized()) fail();
  picket::capture_message("an event on its way", picket::Level::error);
  picket::close(10s);
}

void close_while_a_thread_fails(void (*fail)()) {
  picket::capture_message("an event that nobody takes", picket::Level::error);
  std::thread other([fail] {
    wait_until([] { return !picket::is_initialized(); });
    fail();
  });
  picket::close(10s);
  other.join();
}

/// The parent ends with the number of the signal that ended its child.
void in_a_child(void (*fail)()) {
  const pid_t child = fork();
  if (child == 0) {
    fail();
    _exit(99);
  }
  int status = 0;
  waitpid(child, &status, 0);
  std::exit(WIFSIGNALED(status) ? WTERMSIG(status) : 98);
}

void on_two_threads_at_once(void (*fail)()) {
  std::atomic<int> ready{0};
  const auto work = [&ready, fail] {
    for (++ready; ready < 2;) std::this_thread::yield();
    fail();
  };
  std::thread first(work);
  std::thread second(work);
  first.join();
  second.join();
}

struct AbortsAtExit {
  ~AbortsAtExit() { abort_order(); }
};

/// Made after `init`, so it is destroyed before picket closes.
void fail_in_static_destructor() {
  static const AbortsAtExit made_late;
  std::exit(0);
}

picket::BeforeSend hook_that(void (*fail)()) {
  return [fail](picket::Event& event, picket::Hint&) noexcept {
    if (event.message) fail();
    return picket::Verdict::keep;
  };
}

picket::LogSink sink_that(void (*fail)()) {
  return [fail](picket::Level, std::string_view) noexcept { fail(); };
}

}  // namespace

Ways life_ways() {
  Ways ways;
  ways["no-failure"].fail = [] {};
  ways["in-before-send"] = {
      .fail = captures_or(read_null),
      .prepare = [](picket::Options& options) { options.before_send = hook_that(read_null); }};
  ways["uncaught-in-before-send"] = {
      .fail = captures_or(find_order),
      .prepare = [](picket::Options& options) { options.before_send = hook_that(find_order); }};
  ways["in-a-transport"] = {.fail = captures_or(read_null),
                            .prepare = [](picket::Options& options) {
                              options.transport = std::make_shared<FailingTransport>();
                            }};
  for (const char* way : {"during-init", "during-init-without-spool"}) {
    ways[way].prepare = [](picket::Options& options) {
      options.debug = true;
      options.logger = sink_that(read_null);
    };
  }
  for (const char* way : {"uncaught-during-init", "uncaught-during-init-without-spool"}) {
    ways[way].prepare = [](picket::Options& options) {
      options.debug = true;
      options.logger = sink_that(find_order);
    };
  }
  ways["in-a-hook-during-close"] = {
      .fail = [] { close_while_a_hook_runs(read_null); },
      .prepare =
          [](picket::Options& options) { options.before_send = hook_that_waits_and(read_null); }};
  ways["uncaught-in-a-hook-during-close"] = {
      .fail = [] { close_while_a_hook_runs(find_order); },
      .prepare =
          [](picket::Options& options) { options.before_send = hook_that_waits_and(find_order); }};
  ways["during-close"].fail = [] { close_while_a_thread_fails(read_null); };
  ways["uncaught-during-close"].fail = [] { close_while_a_thread_fails(find_order); };
  ways["after-close"] = {.fail = read_null, .close_first = true};
  ways["uncaught-after-close"] = {.fail = find_order, .close_first = true};
  ways["static-destructor"] = {.fail = fail_in_static_destructor, .never_closed = true};
  ways["static-initialiser"].fail = [] {};  // see `crash_program.cpp`
  ways["in-a-child"].fail = [] { in_a_child(read_null); };
  ways["uncaught-in-a-child"].fail = [] { in_a_child(find_order); };
  ways["on-two-threads"].fail = [] { on_two_threads_at_once(read_null); };
  ways["under-the-allocator-lock"].fail = fail_under_allocator_lock;
  // The server of these is the test's affair.
  ways["hung-server"].fail = read_null;
  ways["dead-server"].fail = read_null;
  ways["dead-server-without-spool"].fail = read_null;
  ways["uncaught-hung-server"].fail = find_order;
  ways["uncaught-hung-server-without-spool"].fail = find_order;
  ways["uncaught-dead-server"].fail = find_order;
  ways["uncaught-dead-server-without-spool"].fail = find_order;
  for (const char* way : {"in-before-send", "in-a-transport", "during-close",
                          "uncaught-during-close", "under-the-allocator-lock", "hung-server",
                          "uncaught-hung-server", "uncaught-hung-server-without-spool"}) {
    ways[way].uses_all_time = true;
  }
  return ways;
}

}  // namespace shop
