#include "throw_traces/throw_table.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace picket::throw_traces {
namespace {

const void* object_at(std::uintptr_t address) { return reinterpret_cast<const void*>(address); }

/// A stack that tells whose it is: so many addresses, all the same.
std::vector<std::uintptr_t> stack_of(std::uintptr_t mark, std::size_t depth = 3) {
  return std::vector<std::uintptr_t>(depth, mark);
}

struct Found {
  std::array<std::uintptr_t, kMaxDepth> addresses{};
  std::size_t size = 0;
};

Found find(const ThrowTable& table, std::uintptr_t object,
           const std::type_info& type = typeid(int)) {
  Found found;
  found.size = table.find(object_at(object), type, found.addresses);
  return found;
}

TEST_SUITE("throw_traces/throw_table") {
  TEST_CASE("a stack is found by the object and its type") {  // P7.9
    const auto table = std::make_unique<ThrowTable>();
    table->keep(object_at(1000), typeid(int), stack_of(7));
    CHECK(find(*table, 1000).size == 3);
    CHECK(find(*table, 1000).addresses[0] == 7);
    CHECK(find(*table, 1000, typeid(long)).size == 0);
    CHECK(find(*table, 1001).size == 0);
    CHECK(find(*table, 0).size == 0);
  }

  TEST_CASE("an object that was given back has no stack, and its address may come again") {
    const auto table = std::make_unique<ThrowTable>();
    table->keep(object_at(1000), typeid(int), stack_of(7));
    table->forget(object_at(1000));
    CHECK(find(*table, 1000).size == 0);
    table->forget(object_at(1000));
    table->keep(object_at(1000), typeid(int), stack_of(8, 1));
    CHECK(find(*table, 1000).size == 1);
    CHECK(find(*table, 1000).addresses[0] == 8);
  }

  TEST_CASE("a full table forgets the oldest throw, and no other") {
    const auto table = std::make_unique<ThrowTable>();
    for (std::uintptr_t i = 1; i <= kSlots; ++i) {
      table->keep(object_at(i), typeid(int), stack_of(i));
    }
    CHECK(find(*table, 1).size == 3);
    table->keep(object_at(kSlots + 1), typeid(int), stack_of(kSlots + 1));
    CHECK(find(*table, 1).size == 0);
    for (std::uintptr_t i = 2; i <= kSlots + 1; ++i) {
      CAPTURE(i);
      CHECK(find(*table, i).addresses[0] == i);
    }
    table->keep(object_at(kSlots + 2), typeid(int), stack_of(1));
    CHECK(find(*table, 2).size == 0);
    CHECK(find(*table, 3).size == 3);
  }

  TEST_CASE("a slot that is free is taken before another is given up") {
    const auto table = std::make_unique<ThrowTable>();
    for (std::uintptr_t i = 1; i <= kSlots; ++i) {
      table->keep(object_at(i), typeid(int), stack_of(i));
    }
    table->forget(object_at(100));
    table->keep(object_at(1000), typeid(int), stack_of(1000));
    CHECK(find(*table, 1).size == 3);
    CHECK(find(*table, 1000).size == 3);
  }

  TEST_CASE("the newest calls of a deep stack are kept") {
    const auto table = std::make_unique<ThrowTable>();
    std::vector<std::uintptr_t> deep(kMaxDepth + 50);
    for (std::size_t i = 0; i < deep.size(); ++i) deep[i] = i;
    table->keep(object_at(1), typeid(int), deep);
    const Found found = find(*table, 1);
    CHECK(found.size == kMaxDepth);
    CHECK(found.addresses[kMaxDepth - 1] == kMaxDepth - 1);
  }

  TEST_CASE("threads that crowd a table never see the stack of another exception") {
    const auto table = std::make_unique<ThrowTable>();
    constexpr std::uintptr_t kThreads = 4;
    constexpr std::uintptr_t kObjects = kSlots / 2;  // of each: together they do not fit
    constexpr int kRounds = 30;
    std::atomic<int> wrong{0};
    std::atomic<int> found_again{0};
    std::vector<std::thread> threads;
    for (std::uintptr_t t = 1; t <= kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int round = 0; round < kRounds; ++round) {
          for (std::uintptr_t i = 0; i < kObjects; ++i) {
            const std::uintptr_t object = t * 10'000 + i;
            const std::uintptr_t mark = object * 100 + static_cast<std::uintptr_t>(round);
            table->keep(object_at(object), typeid(int), stack_of(mark, 40));
            const Found found = find(*table, object);
            if (found.size == 0) continue;  // crowded out
            ++found_again;
            for (std::size_t k = 0; k < 40; ++k) wrong += found.addresses[k] != mark;
          }
          for (std::uintptr_t i = 0; i < kObjects; ++i) table->forget(object_at(t * 10'000 + i));
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(found_again > 0);
    for (std::uintptr_t t = 1; t <= kThreads; ++t) {
      for (std::uintptr_t i = 0; i < kObjects; ++i) CHECK(find(*table, t * 10'000 + i).size == 0);
    }
  }
}

}  // namespace
}  // namespace picket::throw_traces
