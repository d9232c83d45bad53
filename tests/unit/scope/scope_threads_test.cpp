// What many threads do to scopes at once; meant to be run under the thread sanitizer as well.

#include "picket/scope.hpp"
#include "scope/merge.hpp"
#include "scope/thread_scopes.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

namespace picket::scope {
namespace {

constexpr std::size_t kMax = 100;
constexpr WallTime kNoon{std::chrono::hours(12)};

// True if the breadcrumbs are consecutive numbers, each with its data, up to `kMax` of them.
bool is_consistent(const BreadcrumbTrail& trail) {
  int previous = -1;
  bool good = true;
  std::size_t count = 0;
  trail.for_each(kMax, [&](const protocol::BreadcrumbView& view) {
    const int number = std::stoi(std::string(view.message));
    good = good && (previous < 0 || number == previous + 1) &&
           view.data == "{\"n\":" + std::string(view.message) + "}";
    previous = number;
    ++count;
  });
  return good && count == trail.size();
}

void add_number(ScopeState& state, int number, std::string_view category = "origin") {
  state.add_breadcrumb(kNoon, std::to_string(number),
                       {.category = category, .data = {{"n", number}}}, kMax);
}

std::size_t count_of(const BreadcrumbTrail& trail, std::string_view category) {
  std::size_t count = 0;
  trail.for_each(kMax, [&](const auto& view) { count += view.category == category ? 1U : 0U; });
  return count;
}

int last_number(const BreadcrumbTrail& trail) {
  int last = -1;
  trail.for_each(1, [&](const auto& view) { last = std::stoi(std::string(view.message)); });
  return last;
}

TEST_SUITE("scope/threads") {
  TEST_CASE("snapshots and forks stay whole while another thread appends") {
    constexpr int kAdds = 3000;
    ScopeState state;
    add_number(state, 0);
    std::latch start(4);
    std::atomic<bool> done{false};
    std::atomic<int> broken{0};
    std::vector<std::jthread> threads;
    threads.emplace_back([&] {
      start.arrive_and_wait();
      for (int i = 1; i < kAdds; ++i) add_number(state, i);
      done = true;
    });
    for (int reader = 0; reader < 3; ++reader) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        do {
          if (!is_consistent(state.snapshot().breadcrumbs)) ++broken;
          const auto fork = state.fork();  // goes on by itself, in the same chunk if it is quicker
          const int next = last_number(fork->snapshot().breadcrumbs) + 1;
          for (int i = 0; i < 3; ++i) add_number(*fork, next + i, "fork");
          const auto forked = fork->snapshot().breadcrumbs;
          if (!is_consistent(forked) || last_number(forked) != next + 2) ++broken;
          if (count_of(forked, "fork") != 3) ++broken;
        } while (!done);
      });
    }
    threads.clear();
    CHECK(broken == 0);
    CHECK(last_number(state.snapshot().breadcrumbs) == kAdds - 1);
    CHECK(count_of(state.snapshot().breadcrumbs, "origin") == kMax);
  }

  TEST_CASE("edits of one scope by many threads all arrive") {
    Scope scope;
    std::latch start(4);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&scope, &start, t] {
        start.arrive_and_wait();
        for (int i = 0; i < 500; ++i) {
          scope.set_tag("thread." + std::to_string(t), i);
          const auto snapshot = scope.state()->snapshot();
          scope.set_level(i % 2 == 0 ? Level::info : Level::error);
        }
      });
    }
    threads.clear();
    const auto tags = scope.state()->snapshot().data->tags;
    CHECK(tags.size() == 4);
    for (const auto& [key, value] : tags) CHECK(value == "499");
  }

  // One capture of one unit of work; counts what belongs to another one.
  int foreign_facts(const std::string& own) {
    const ScopeGuard unit = enter_isolation_scope();
    Scope isolation(isolation_scope());
    isolation.set_user({.id = own});
    isolation.set_tag("own", own);
    isolation.add_breadcrumb(own);
    const ScopeGuard temporary = enter_temporary_scope();
    Scope(innermost_scope()).set_context("own", {{"id", own}});

    const std::vector scopes{global_scope()->snapshot(), isolation_scope()->snapshot(),
                             current_scope()->snapshot()};
    Event event;
    apply(scopes, event, false);
    int foreign = 0;
    if (event.user != User{.id = own}) ++foreign;
    if (event.tags != Tags{{"own", own}}) ++foreign;
    if (event.contexts != Contexts{{"own", Object{{"id", own}}}}) ++foreign;
    const auto breadcrumbs = merge_breadcrumbs(scopes, kMax);
    if (breadcrumbs.size() != 1 || breadcrumbs[0].message != own) ++foreign;
    return foreign;
  }

  TEST_CASE("eight threads with a thousand users each never mix them up") {  // S5.11
    constexpr int kThreads = 8;
    std::latch start(kThreads);
    std::atomic<int> foreign{0};
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        start.arrive_and_wait();
        for (int i = 0; i < 1000; ++i) {
          foreign += foreign_facts(std::to_string(t) + "-" + std::to_string(i));
        }
      });
    }
    threads.clear();
    CHECK(foreign == 0);
  }
}

}  // namespace
}  // namespace picket::scope
