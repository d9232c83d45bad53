#include "scope/thread_scopes.hpp"

#include "scope/merge.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace picket::scope {
namespace {

// What an event captured now by the calling thread would say.
Event event_now() {
  std::vector<ScopeSnapshot> scopes{global_scope()->snapshot(), isolation_scope()->snapshot()};
  if (const auto current = current_scope()) scopes.push_back(current->snapshot());
  Event event;
  apply(scopes, event, false);
  return event;
}

Tags tags_now() { return event_now().tags; }

void set_tag(std::string_view key, ValueRef value) { Scope(innermost_scope()).set_tag(key, value); }

// Every test starts in scopes of its own.
struct Fresh {
  ScopeGuard guard = enter({});
};

TEST_SUITE("scope/thread_scopes") {
  TEST_CASE("setters write to the isolation scope while there is no temporary one") {  // C158
    const Fresh fresh;
    set_tag("a", 1);
    CHECK(isolation_scope()->snapshot().data->tags.size() == 1);
    CHECK(current_scope() == nullptr);
    CHECK(isolation_scope() == isolation_scope());
  }

  TEST_CASE("what is set in a temporary scope is gone after it") {  // C157, S13.3
    const Fresh fresh;
    set_tag("outer", 1);
    {
      const ScopeGuard guard = enter_temporary_scope();
      set_tag("inner", 2);
      Scope(innermost_scope()).set_level(Level::fatal);
      CHECK(tags_now() == Tags{{"outer", "1"}, {"inner", "2"}});
      CHECK(event_now().level == Level::fatal);
    }
    CHECK(tags_now() == Tags{{"outer", "1"}});
    CHECK(event_now().level == Level::error);
  }

  TEST_CASE("a temporary scope ends with an exception too") {  // C157, S13.3
    const Fresh fresh;
    try {
      const ScopeGuard guard = enter_temporary_scope();
      set_tag("inner", 1);
      throw std::runtime_error("out");
    } catch (const std::runtime_error&) {
      CHECK(tags_now().empty());
    }
  }

  TEST_CASE("nested temporary scopes all count and end one by one") {  // S13.3
    const Fresh fresh;
    const ScopeGuard first = enter_temporary_scope();
    set_tag("both", 1);
    set_tag("one", 1);
    {
      const ScopeGuard second = enter_temporary_scope();
      set_tag("both", 2);
      set_tag("two", 2);
      CHECK(tags_now() == Tags{{"both", "2"}, {"one", "1"}, {"two", "2"}});
    }
    CHECK(tags_now() == Tags{{"both", "1"}, {"one", "1"}});
  }

  TEST_CASE("only the last owner of a guard ends its scope") {  // S13.3
    const Fresh fresh;
    std::optional<ScopeGuard> kept;
    {
      ScopeGuard made = enter_temporary_scope();
      set_tag("inner", 1);
      kept = std::move(made);
    }
    CHECK(tags_now() == Tags{{"inner", "1"}});
    kept.reset();
    CHECK(tags_now().empty());

    ScopeGuard guard = enter_temporary_scope();
    set_tag("again", 1);
    guard = ScopeGuard();  // what is assigned over ends at once
    CHECK(tags_now().empty());
  }

  TEST_CASE("breadcrumbs of the isolation scope survive a temporary one") {  // S5.11
    const Fresh fresh;
    {
      const ScopeGuard guard = enter_temporary_scope();
      Scope(isolation_scope()).add_breadcrumb("note");
    }
    CHECK(isolation_scope()->snapshot().breadcrumbs.size() == 1);
  }

  TEST_CASE("an isolation scope starts with what was there and leaks nothing back") {  // S5.11
    const Fresh fresh;
    set_tag("outer", 1);
    Scope(isolation_scope()).add_breadcrumb("before");
    const ScopeGuard temporary = enter_temporary_scope();
    set_tag("temporary", 2);
    {
      const ScopeGuard guard = enter_isolation_scope();
      CHECK(tags_now() == Tags{{"outer", "1"}, {"temporary", "2"}});
      set_tag("inner", 3);
      Scope(isolation_scope()).set_tag("isolated", 4);
      Scope(isolation_scope()).add_breadcrumb("inside");
      CHECK(isolation_scope()->snapshot().breadcrumbs.size() == 2);
    }
    CHECK(tags_now() == Tags{{"outer", "1"}, {"temporary", "2"}});
    CHECK(isolation_scope()->snapshot().breadcrumbs.size() == 1);
  }

  TEST_CASE("threads do not see each other's scopes, but the global one") {  // C157, P7.3
    const Fresh fresh;
    set_tag("mine", 1);
    Scope(global_scope()).set_tag("global", 1);
    Tags theirs;
    std::thread([&] { theirs = tags_now(); }).join();
    CHECK(theirs == Tags{{"global", "1"}});
    Scope(global_scope()).clear();
  }

  // Uses the scopes while the locals of its thread, or the statics of the process, are torn down.
  struct LateUser {
    LateUser() = default;
    LateUser(const LateUser&) = delete;
    LateUser& operator=(const LateUser&) = delete;
    ~LateUser() {
      set_tag("late", 1);
      Scope(isolation_scope()).add_breadcrumb("late", {.data = {{"a", 1}}});
      const ScopeGuard guard = enter_temporary_scope();
      const ScopeGuard isolated = enter_isolation_scope();
      const ScopeGuard entered = Context::current().enter();
      if (worked != nullptr) {
        *worked = isolation_scope() != nullptr &&
                  isolation_scope()->snapshot().data.get() == nullptr && current_scope() == nullptr;
      }
    }
    void touch(bool* result) { worked = result; }
    bool* worked = nullptr;
  };

  const LateUser at_exit;  // its destructor must not crash the program

  TEST_CASE("after a thread's locals are gone, its scopes are throw-away ones") {
    bool worked = false;
    std::thread([&worked] {
      thread_local LateUser late;  // made before the scopes, so destroyed after them
      late.touch(&worked);
      set_tag("early", 1);
    }).join();
    CHECK(worked);
  }

  TEST_CASE("what a thread's scope holds may call back while it is destroyed") {
    bool worked = false;
    std::thread([&worked] {
      auto late = std::make_shared<LateUser>();
      late->touch(&worked);
      Scope(isolation_scope()).add_event_processor([late = std::move(late)](Event&, Hint&) {
        return Verdict::keep;
      });
    }).join();
    CHECK(worked);
  }
}

}  // namespace
}  // namespace picket::scope
