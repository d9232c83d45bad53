#include "scope/breadcrumb_trail.hpp"

#include "support/allocations.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace picket::scope {
namespace {

using tests::allocations;
using tests::count_allocations;

constexpr WallTime kNoon{std::chrono::hours(12)};
constexpr std::size_t kMany = 1'000'000;

std::vector<std::string> messages(const BreadcrumbTrail& trail, std::size_t max = kMany) {
  std::vector<std::string> all;
  trail.for_each(max, [&](const auto& view) { all.emplace_back(view.message); });
  return all;
}

std::vector<std::string> numbers(int first, int last) {
  std::vector<std::string> all;
  for (int i = first; i <= last; ++i) all.push_back(std::to_string(i));
  return all;
}

void add_numbers(BreadcrumbTrail& trail, int first, int last, std::size_t max = 100) {
  for (int i = first; i <= last; ++i) trail.add(kNoon, std::to_string(i), {}, max);
}

TEST_SUITE("scope/breadcrumb_trail") {
  TEST_CASE("a breadcrumb comes back as it went in") {
    BreadcrumbTrail trail;
    trail.add(kNoon, "paid",
              {.category = "shop",
               .level = Level::warning,
               .type = "user",
               .data = {{"amount", 12}, {"currency", "EUR"}}},
              100);
    REQUIRE(trail.size() == 1);
    trail.for_each(100, [](const protocol::BreadcrumbView& view) {
      CHECK(view.timestamp == kNoon);
      CHECK(view.type == "user");
      CHECK(view.category == "shop");
      CHECK(view.message == "paid");
      CHECK(view.level == Level::warning);
      CHECK(view.data == R"({"amount":12,"currency":"EUR"})");
    });
  }

  TEST_CASE("only the newest are kept, oldest first") {  // S13.2
    for (const std::size_t max : {1U, 2U, 31U, 32U, 33U, 50U, 64U, 100U, 119U, 120U, 500U}) {
      CAPTURE(max);
      BreadcrumbTrail trail;
      add_numbers(trail, 1, 120, max);
      const int kept = std::min(120, static_cast<int>(max));
      CHECK(trail.size() == static_cast<std::size_t>(kept));
      CHECK(messages(trail) == numbers(121 - kept, 120));
      CHECK(messages(trail, 5) == numbers(121 - std::min(5, kept), 120));
    }
  }

  TEST_CASE("a maximum of none keeps none") {  // S13.2
    BreadcrumbTrail trail;
    add_numbers(trail, 1, 3, 0);
    CHECK(trail.size() == 0);
    CHECK(messages(trail).empty());
  }

  TEST_CASE("what a smaller maximum forgot does not come back with a larger one") {
    BreadcrumbTrail trail;
    add_numbers(trail, 1, 10, 10);
    add_numbers(trail, 11, 11, 3);
    add_numbers(trail, 12, 12, 10);
    CHECK(messages(trail) == numbers(9, 12));
  }

  TEST_CASE("texts beyond their limits are cut between characters") {  // P3.16
    BreadcrumbTrail trail;
    const std::string euro = "\xE2\x82\xAC";
    std::string long_text;
    while (long_text.size() < 9000) long_text += euro;
    trail.add(kNoon, long_text, {.category = long_text, .type = long_text}, 100);
    trail.for_each(100, [&](const protocol::BreadcrumbView& view) {
      CHECK(view.message.size() == 8190);
      CHECK(view.category.size() == 126);
      CHECK(view.type == view.category);
      CHECK(view.message.ends_with(euro));
    });
  }

  TEST_CASE("a copy keeps what it saw while the original goes on") {
    BreadcrumbTrail trail;
    add_numbers(trail, 1, 40);
    const BreadcrumbTrail snapshot = trail;
    add_numbers(trail, 41, 300);
    CHECK(messages(snapshot) == numbers(1, 40));
    CHECK(messages(trail) == numbers(201, 300));
  }

  TEST_CASE("forks go on independently in either order") {
    for (const int shared : {1, 31, 32, 33, 70}) {
      CAPTURE(shared);
      BreadcrumbTrail parent;
      add_numbers(parent, 1, shared);
      BreadcrumbTrail child = parent;
      BreadcrumbTrail sibling = parent;
      add_numbers(child, 1000, 1002);
      add_numbers(parent, 2000, 2001);
      add_numbers(sibling, 3000, 3040);
      add_numbers(child, 1003, 1003);
      const auto expect = [shared](const BreadcrumbTrail& trail, int first, int last) {
        auto all = numbers(1, shared);
        for (auto& text : numbers(first, last)) all.push_back(std::move(text));
        if (all.size() > 100) all.erase(all.begin(), all.end() - 100);
        CHECK(messages(trail) == all);
      };
      expect(child, 1000, 1003);
      expect(parent, 2000, 2001);
      expect(sibling, 3000, 3040);
    }
  }

  TEST_CASE("a trail that was moved from is empty and works") {
    BreadcrumbTrail trail;
    add_numbers(trail, 1, 40);
    BreadcrumbTrail taken = std::move(trail);
    CHECK(messages(taken) == numbers(1, 40));
    trail = BreadcrumbTrail();
    add_numbers(trail, 7, 8);
    CHECK(messages(trail) == numbers(7, 8));
    trail.clear();
    CHECK(trail.size() == 0);
  }

  TEST_CASE("memory stays flat however many are added") {  // S13.2
    BreadcrumbTrail trail;
    const std::string text(50, 'x');
    const auto add_many = [&](int count) {
      for (int i = 0; i < count; ++i) trail.add(kNoon, text, {.data = {{"i", i}}}, 100);
      return allocations().live_bytes;
    };
    const auto before = allocations().live_bytes;
    const auto warm = add_many(1000);
    auto peak = warm;
    for (int round = 0; round < 100; ++round) peak = std::max(peak, add_many(1000));
    CHECK(warm - before < 32'768);
    CHECK(peak - before < 32'768);
  }

  TEST_CASE("a chain of forks keeps no more than the newest chunks") {
    BreadcrumbTrail trail;
    add_numbers(trail, 1, 1);
    std::ptrdiff_t peak = 0;
    const auto before = allocations().live_bytes;
    for (int i = 2; i <= 2000; ++i) {  // every fork loses the race for the next slot
      BreadcrumbTrail fork = trail;
      trail.add(kNoon, "the other one", {}, 20);
      fork.add(kNoon, std::to_string(i), {}, 20);
      trail = std::move(fork);
      peak = std::max(peak, allocations().live_bytes - before);
    }
    CHECK(messages(trail) == numbers(1981, 2000));
    CHECK(peak < 65'536);
  }

  TEST_CASE("adding allocates only when a chunk is full") {
    BreadcrumbTrail trail;
    const auto add = [&trail](int count) {
      for (int i = 0; i < count; ++i) {
        trail.add(kNoon, "order paid", {.data = {{"amount", i}, {"currency", "EUR"}}}, 100);
      }
    };
    add(200);
    const std::size_t made = count_allocations([&] { add(3200); });
    CHECK(made <= 100 * 5);  // per chunk of 32: itself, one or two blocks, the past and its list
    CHECK(made >= 100);
  }

  TEST_CASE("a copy allocates nothing") {
    BreadcrumbTrail trail;
    add_numbers(trail, 1, 120);
    std::size_t size = 0;
    CHECK(count_allocations([&] { size = BreadcrumbTrail(trail).size(); }) == 0);
    CHECK(size == 100);
  }
}

}  // namespace
}  // namespace picket::scope
