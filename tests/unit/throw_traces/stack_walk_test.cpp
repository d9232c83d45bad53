#include "throw_traces/stack_walk.hpp"

#include "stacktrace/throw_site.hpp"
#include "unit/throw_traces/expected_stack.hpp"

#include <alloca.h>

#include <doctest/doctest.h>

#include <cstring>
#include <exception>
#include <thread>

namespace picket::throw_traces {
namespace {

struct Seen {
  std::vector<std::uintptr_t> expected{};
  std::exception_ptr error{};
};

/// A small generator, the same numbers on each run.
struct Numbers {
  std::uint32_t state = 1;
  std::uint32_t next(std::uint32_t below) {
    state = state * 1664525 + 1013904223;
    return (state >> 16) % below;
  }
};

[[gnu::noinline]] void throw_here(Seen& seen) {
  seen.expected = callers();
  throw 1;
}

[[gnu::noinline]] void throw_there(Seen& seen) {
  seen.expected = callers();
  throw 2;
}

// Functions with frames of the same and of different sizes, which call each other at random.
void wander(Numbers& numbers, std::uint32_t depth, Seen& seen);

[[gnu::noinline]] void left(Numbers& numbers, std::uint32_t depth, Seen& seen) {
  wander(numbers, depth, seen);
  asm volatile("" : : : "memory");
}
[[gnu::noinline]] void right(Numbers& numbers, std::uint32_t depth, Seen& seen) {
  wander(numbers, depth, seen);
  asm volatile("" : : : "memory");
}
[[gnu::noinline]] void wide(Numbers& numbers, std::uint32_t depth, Seen& seen) {
  volatile char room[200];
  room[0] = 1;
  wander(numbers, depth, seen);
  room[1] = room[0];
}
[[gnu::noinline]] void varying(Numbers& numbers, std::uint32_t depth, Seen& seen) {
  const std::size_t size = 16 + numbers.next(8) * 16;
  void* const room = alloca(size);
  std::memset(room, 0, size);
  asm volatile("" : : "r"(room) : "memory");
  wander(numbers, depth, seen);
  asm volatile("" : : "r"(room) : "memory");
}

[[gnu::noinline]] void wander(Numbers& numbers, std::uint32_t depth, Seen& seen) {
  if (depth == 0) {
    if (numbers.next(2) == 0) throw_here(seen);
    throw_there(seen);
  }
  switch (numbers.next(4)) {
    case 0:
      left(numbers, depth - 1, seen);
      break;
    case 1:
      right(numbers, depth - 1, seen);
      break;
    case 2:
      wide(numbers, depth - 1, seen);
      break;
    default:
      varying(numbers, depth - 1, seen);
      break;
  }
  asm volatile("" : : : "memory");
}

/// Throws once from a random place and tells whether the stack of that throw is the right one.
bool is_seen_rightly(Numbers& numbers) {
  Seen seen;
  try {
    wander(numbers, numbers.next(7), seen);
  } catch (...) {
    seen.error = std::current_exception();
  }
  stacktrace::Addresses stack;
  return stacktrace::find_throw_site(seen.error, stack) && is_throw_below(stack, seen.expected);
}

[[gnu::noinline]] std::size_t deep_throw(std::size_t depth) {
  if (depth == 0) throw 1;
  const std::size_t below = deep_throw(depth - 1);
  asm volatile("" : : : "memory");
  return below + 1;
}

TEST_SUITE("throw_traces/stack_walk") {
  TEST_CASE("the stack is right whatever the thread threw before") {
    Numbers numbers;
    int wrong = 0;
    for (int i = 0; i < 5000; ++i) wrong += is_seen_rightly(numbers) ? 0 : 1;
    CHECK(wrong == 0);
  }

  TEST_CASE("a thread that runs where another has run takes its own stack") {
    int wrong = 0;
    for (std::uint32_t i = 1; i <= 50; ++i) {
      std::thread([&wrong, i] {
        Numbers numbers{i};
        for (int k = 0; k < 10; ++k) wrong += is_seen_rightly(numbers) ? 0 : 1;
      }).join();
    }
    CHECK(wrong == 0);
  }

  TEST_CASE("of a stack that is too deep the newest calls are taken, each time") {
    for (int i = 0; i < 3; ++i) {
      try {
        deep_throw(kMaxDepth + 20);
      } catch (int& error) {
        stacktrace::Addresses stack;
        CHECK(stacktrace::find_throw_site(&error, typeid(int), stack));
        CHECK(stack.size == kMaxDepth);
      }
    }
  }
}

}  // namespace
}  // namespace picket::throw_traces
