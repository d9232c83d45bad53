#include "picket/scope.hpp"
#include "scope/merge.hpp"
#include "scope/thread_scopes.hpp"

#include <doctest/doctest.h>

#include <array>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace picket {
namespace {

std::string tag_now(const std::string& key) {
  std::vector<scope::ScopeSnapshot> scopes{scope::isolation_scope()->snapshot()};
  if (const auto current = scope::current_scope()) scopes.push_back(current->snapshot());
  Event event;
  scope::apply(scopes, event, false);
  return event.tags[key];
}

TEST_SUITE("scope/context") {
  TEST_CASE("a wrapped callable runs inside the scopes it was wrapped in") {  // S5.11
    const ScopeGuard fresh = scope::enter({});
    Scope(scope::isolation_scope()).set_tag("request", "r1");
    const ScopeGuard temporary = scope::enter_temporary_scope();
    Scope(scope::innermost_scope()).set_tag("step", "s1");
    auto work = Context::current().wrap(
        [](std::string suffix) { return tag_now("request") + tag_now("step") + suffix; });
    std::string inside;
    std::string after;
    std::thread([&] {
      inside = work("!");
      after = tag_now("request");
    }).join();
    CHECK(inside == "r1s1!");
    CHECK(after.empty());
  }

  TEST_CASE("tasks of two requests do not mix on a shared pool") {  // S5.11
    constexpr int kTasks = 200;
    std::array<std::vector<std::function<void()>>, 2> queues;
    std::array<int, 2> wrong{};
    for (int i = 0; i < kTasks; ++i) {
      const ScopeGuard request = scope::enter({});
      const std::string id = std::to_string(i);
      Scope(scope::isolation_scope()).set_tag("request", id);
      for (std::size_t worker = 0; worker < queues.size(); ++worker) {
        queues[worker].push_back(Context::current().wrap([&wrong, worker, id] {
          const ScopeGuard guard = scope::enter_isolation_scope();
          if (tag_now("request") != id || !tag_now("worker").empty()) ++wrong[worker];
          Scope(scope::isolation_scope()).set_tag("worker", worker);
          Scope(scope::isolation_scope()).add_breadcrumb(id);
        }));
      }
    }
    std::latch start(2);
    std::vector<std::jthread> pool;
    for (std::size_t worker = 0; worker < queues.size(); ++worker) {
      pool.emplace_back([&, worker] {
        start.arrive_and_wait();
        for (const auto& task : queues[worker]) task();
        if (!tag_now("request").empty()) ++wrong[worker];
      });
    }
    pool.clear();
    CHECK(wrong[0] == 0);
    CHECK(wrong[1] == 0);
  }

  TEST_CASE("a throwing callable leaves its thread's scopes as they were") {
    const ScopeGuard fresh = scope::enter({});
    Scope(scope::isolation_scope()).set_tag("request", "outer");
    const Context outer = Context::current();
    const ScopeGuard other = scope::enter({});
    auto work = outer.wrap([] {
      if (tag_now("request") == "outer") throw std::runtime_error("out");
    });
    CHECK_THROWS_AS(work(), std::runtime_error);
    CHECK(tag_now("request").empty());
  }
}

}  // namespace
}  // namespace picket
