#include "stacktrace/throw_site.hpp"
#include "support/in_child.hpp"
#include "unit/throw_traces/expected_stack.hpp"

#include <sys/resource.h>

#include <doctest/doctest.h>

#include <cstdlib>
#include <exception>
#include <future>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>

namespace picket::throw_traces {
namespace {

using stacktrace::Addresses;
using stacktrace::find_throw_site;

// The sanitizers keep freed memory back for a while.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryIsReused = false;
#else
constexpr bool kMemoryIsReused = true;
#endif

std::vector<std::uintptr_t> expected;  // of the last throw of `fail`

[[gnu::noinline]] void fail(const std::string& text) {
  expected = callers();
  throw std::runtime_error(text);
}

[[gnu::noinline]] void fail_in_turn(const std::string& text) {
  fail(text);
  asm volatile("" : : : "memory");
}

template <class Work>
std::exception_ptr caught(Work&& work) {
  try {
    work();
  } catch (...) {
    return std::current_exception();
  }
  return nullptr;
}

bool is_of_last_failure(const std::exception_ptr& error) {
  Addresses stack;
  return find_throw_site(error, stack) && is_throw_below(stack, expected);
}

const std::exception_ptr before_main = caught([] { fail("before main"); });
const std::vector<std::uintptr_t> expected_before_main = expected;

/// Copies of exceptions of this size lie where the last one lay.
std::exception_ptr made_at(const void* place) {
  std::vector<std::exception_ptr> others;
  for (int i = 0; i < 1000; ++i) {
    std::exception_ptr made = std::make_exception_ptr(std::runtime_error("made"));
    if (stacktrace::inspect(made).object == place) return made;
    others.push_back(std::move(made));
  }
  return nullptr;
}

TEST_SUITE("throw_traces/hooks") {
  TEST_CASE("the stack of a throw is known where it is caught") {  // P7.9
    for (int i = 0; i < 3; ++i) {
      CHECK(is_of_last_failure(caught([] { fail("direct"); })));
      CHECK(is_of_last_failure(caught([] { fail_in_turn("one further down"); })));
    }
  }

  TEST_CASE("a throw inside of the standard library is seen") {  // P7.9
    const std::map<int, int> empty;
    Addresses stack;
    CHECK(find_throw_site(caught([&] { static_cast<void>(empty.at(1)); }), stack));
    CHECK(stack.size > 2);
  }

  TEST_CASE("rethrowing keeps the first stack") {
    const auto error = caught([] {
      try {
        fail_in_turn("first");
      } catch (...) {
        throw;
      }
    });
    CHECK(is_of_last_failure(error));
    CHECK(is_of_last_failure(caught([&] { std::rethrow_exception(error); })));
  }

  TEST_CASE("an exception that another thread hands over keeps its stack") {
    std::promise<void> promise;
    std::thread([&promise] {
      promise.set_exception(caught([] { fail_in_turn("in the pool"); }));
    }).join();
    auto future = promise.get_future();
    CHECK(is_of_last_failure(caught([&] { future.get(); })));
  }

  TEST_CASE("each exception of a nested chain has its own stack") {
    std::vector<std::uintptr_t> of_cause;
    const auto outer = caught([&] {
      try {
        fail("cause");
      } catch (...) {
        of_cause = expected;
        std::throw_with_nested(std::logic_error("consequence"));
      }
    });
    Addresses stack;
    REQUIRE(find_throw_site(outer, stack));
    CHECK_FALSE(is_throw_below(stack, of_cause));
    try {
      std::rethrow_exception(outer);
    } catch (const std::nested_exception& nested) {
      Addresses inner;
      CHECK(find_throw_site(nested.nested_ptr(), inner));
      CHECK(is_throw_below(inner, of_cause));
    }
  }

  TEST_CASE("what was never thrown has no stack, also where another exception lay" *
            doctest::skip(!kMemoryIsReused)) {
    for (int i = 0; i < 100; ++i) {
      const void* place = nullptr;
      {
        const auto thrown = caught([] { fail("gone"); });
        place = stacktrace::inspect(thrown).object;
        CHECK(is_of_last_failure(thrown));
      }
      Addresses stack;
      const auto made = made_at(place);
      REQUIRE(made != nullptr);
      CHECK_FALSE(find_throw_site(made, stack));
      // Once it is thrown, rethrowing is all that happens to it.
      CHECK_FALSE(find_throw_site(caught([&] { std::rethrow_exception(made); }), stack));
    }
  }

  TEST_CASE("throws are seen before main") {
    Addresses stack;
    CHECK(find_throw_site(before_main, stack));
    CHECK(is_throw_below(stack, expected_before_main));
  }

  TEST_CASE("throws are seen in the child of a fork") {
    CHECK(tests::in_child([] { return is_of_last_failure(caught([] { fail("child"); })); }));
  }

  TEST_CASE("throws are seen while the program ends") {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      alarm(20);
      std::atexit([] { _exit(is_of_last_failure(caught([] { fail("late"); })) ? 17 : 1); });
      std::exit(0);
    }
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == 17);
  }

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  TEST_CASE("throws are seen when memory has run out") {
    CHECK(tests::in_child([] {
      const rlimit none{.rlim_cur = 0, .rlim_max = 0};
      setrlimit(RLIMIT_AS, &none);
      Addresses stack;
      const auto error = caught([] { ::operator delete(::operator new (std::size_t{1} << 32U)); });
      return find_throw_site(error, stack) && stack.size > 2;
    }));
  }
#endif
}

}  // namespace
}  // namespace picket::throw_traces
