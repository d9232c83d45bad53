// Exceptions that nobody catches, and std::terminate.

#include "ways.hpp"

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace shop {

struct OrderError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct StockError : std::logic_error {
  using std::logic_error::logic_error;
};

[[gnu::noinline]] void find_order() { throw OrderError("no such order: 17"); }

[[gnu::noinline]] void take_from_stock() {
  try {
    find_order();
  } catch (...) {
    std::throw_with_nested(StockError("nothing to take"));
  }
}

[[gnu::noinline]] void throw_number() { throw 42; }

[[gnu::noinline]] void never_throws() noexcept { find_order(); }

struct Basket {
  [[gnu::noinline]] ~Basket() noexcept(true) { find_order(); }
};

[[gnu::noinline]] void forget_basket() { const Basket basket; }

[[gnu::noinline]] void throw_again() {
  try {
    find_order();
  } catch (const OrderError&) {
    throw;
  }
}

[[gnu::noinline]] void throw_nothing() { throw; }

[[gnu::noinline]] void give_up() { std::terminate(); }

[[gnu::noinline]] void forget_thread() {
  const std::thread worker([] {
    for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
  });
}

struct Shape {
  Shape() { tell(); }
  virtual ~Shape() = default;
  [[gnu::noinline]] void tell() { draw(); }
  virtual void draw() = 0;
};
struct Circle final : Shape {
  void draw() override {}
};

[[gnu::noinline]] void draw_too_early() { const Circle circle; }

std::size_t too_much() { return std::numeric_limits<std::size_t>::max() / 4; }

[[gnu::noinline]] void order_too_much() {
  std::vector<char>* volatile kept = new std::vector<char>(too_much());
  static_cast<void>(kept);
}

/// The address space is full, down to the last small block.
[[gnu::noinline]] void use_up_memory() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_AS, &none);
  for (std::size_t size = std::size_t{1} << 20U; size >= 16; size /= 2) {
    while (operator new(size, std::nothrow) != nullptr) {
    }
  }
  throw std::bad_alloc();
}

struct Speechless : std::exception {
  [[nodiscard]] const char* what() const noexcept override { std::abort(); }
};

[[gnu::noinline]] void throw_speechless() { throw Speechless(); }

void on_other_thread(void (*work)()) { std::thread(work).join(); }

void on_two_threads_at_once() {
  std::atomic<int> ready{0};
  const auto work = [&ready] {
    for (++ready; ready < 2;) std::this_thread::yield();
    find_order();
  };
  std::thread first(work);
  std::thread second(work);
  first.join();
  second.join();
}

/// The exception is not caught, so the lock is not released.
std::mutex logger_lock;

[[gnu::noinline]] void fail_while_logging() {
  const std::lock_guard lock(logger_lock);
  find_order();
}

void log_under_lock(picket::Options& options) {
  options.debug = true;
  options.logger = [](picket::Level, std::string_view) { const std::lock_guard lock(logger_lock); };
}

void hang_in_hook(picket::Options& options) {
  options.before_send = [](picket::Event&, picket::Hint&) {
    for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
    return picket::Verdict::keep;
  };
}

void exit_with_7() { _Exit(7); }

Ways exception_ways() {
  Ways ways;
  ways["uncaught"].fail = find_order;
  ways["uncaught-in-a-thread"].fail = [] { on_other_thread(find_order); };
  ways["uncaught-nested"].fail = take_from_stock;
  ways["uncaught-number"].fail = throw_number;
  ways["uncaught-rethrown"].fail = throw_again;
  ways["thrown-through-noexcept"].fail = never_throws;
  ways["thrown-from-a-destructor"].fail = forget_basket;
  ways["rethrow-of-nothing"].fail = throw_nothing;
  ways["terminate"].fail = give_up;
  ways["joinable-thread-destroyed"].fail = forget_thread;
  ways["pure-virtual-call"].fail = draw_too_early;
  ways["uncaught-bad-alloc"].fail = order_too_much;
  ways["out-of-memory"].fail = use_up_memory;
  ways["what-aborts"].fail = throw_speechless;
  ways["uncaught-on-two-threads"].fail = on_two_threads_at_once;
  ways["uncaught-under-a-lock"] = {
      .fail = fail_while_logging, .prepare = log_under_lock, .uses_all_time = true};
  ways["uncaught-hung-hook"] = {.fail = find_order, .prepare = hang_in_hook, .uses_all_time = true};
  ways["terminate-handler-that-exits"] = {
      .fail = find_order, .prepare = [](picket::Options&) { std::set_terminate(exit_with_7); }};
  ways["uncaught-without-capture"] = {.fail = find_order, .prepare = [](picket::Options& options) {
                                        options.capture_uncaught = options.capture_crashes = false;
                                      }};
  return ways;
}

}  // namespace shop
