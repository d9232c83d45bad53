#include "scope/merge.hpp"

#include "picket/scope.hpp"
#include "policy.hpp"

#include "support/allocations.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace picket::scope {
namespace {

using tests::count_allocations;

// The three layers of one capture.
struct Layers {
  Scope global{};
  Scope isolation{};
  Scope current{};

  [[nodiscard]] std::vector<ScopeSnapshot> snapshots() const {
    return {global.state()->snapshot(), isolation.state()->snapshot(), current.state()->snapshot()};
  }

  [[nodiscard]] Event applied_to(Event event, bool level_is_explicit = false) const {
    apply(snapshots(), event, level_is_explicit);
    return event;
  }
};

Breadcrumb note(std::string message, int second) {
  return {.timestamp = WallTime(std::chrono::seconds(second)), .message = std::move(message)};
}

std::vector<std::string> merged_messages(const Layers& layers, std::size_t max) {
  const auto snapshots = layers.snapshots();
  std::vector<std::string> all;
  for (const auto& view : merge_breadcrumbs(snapshots, max)) all.emplace_back(view.message);
  return all;
}

TEST_SUITE("scope/merge") {
  TEST_CASE("inner layers win over outer ones, and the event over all") {  // C155, P7.3
    Layers layers;
    for (Scope* scope : {&layers.global, &layers.isolation, &layers.current}) {
      const char* const name = scope == &layers.global      ? "global"
                               : scope == &layers.isolation ? "isolation"
                                                            : "current";
      scope->set_tag(name, name);
      scope->set_tag("all", name);
      scope->set_extra(name, name);
      scope->set_extra("all", name);
      scope->set_context(name, {{"from", name}});
      scope->set_context("all", {{"from", name}, {name, true}});
    }
    layers.global.set_tag("outer", "global");
    layers.isolation.set_tag("outer", "isolation");
    layers.current.set_tag("event", "current");

    Event event;
    event.tags["event"] = "event";
    event.contexts["own"] = Object{{"from", "event"}};
    event.contexts["global"] = Object{{"from", "event"}};
    event.extra.set("isolation", "event");
    event = layers.applied_to(std::move(event));

    CHECK(event.tags == Tags{{"global", "global"},
                             {"isolation", "isolation"},
                             {"current", "current"},
                             {"all", "current"},
                             {"outer", "isolation"},
                             {"event", "event"}});
    CHECK(event.extra == Object{{"global", "global"},
                                {"isolation", "event"},
                                {"current", "current"},
                                {"all", "current"}});
    CHECK(event.contexts.size() == 5);
    CHECK(event.contexts["all"] == Object{{"from", "current"}, {"current", true}});
    CHECK(event.contexts["global"] == Object{{"from", "event"}});
    CHECK(event.contexts["isolation"] == Object{{"from", "isolation"}});
  }

  TEST_CASE("the most specific user that says something is taken whole") {  // C155, P7.3
    Layers layers;
    layers.global.set_user({.id = "1", .email = "a@b.c"});
    layers.isolation.set_user({.id = "2"});
    layers.current.set_user({});
    CHECK(layers.applied_to({}).user == User{.id = "2"});
    Event event;
    event.user = User{.username = "own"};
    CHECK(layers.applied_to(event).user == User{.username = "own"});
    CHECK_FALSE(Layers().applied_to({}).user.has_value());
  }

  TEST_CASE("the innermost request is taken whole, and the event's own wins") {  // P3.18
    Layers layers;
    layers.isolation.set_request({.method = "POST", .url = "http://a/cart", .cookies = "a=1"});
    CHECK(layers.applied_to({}).request->cookies == "a=1");
    layers.current.set_request({.method = "GET", .url = "http://a/"});
    CHECK(layers.applied_to({}).request == Request{.method = "GET", .url = "http://a/"});
    Event event;
    event.request = Request{};  // says nothing
    CHECK(layers.applied_to(event).request->method == "GET");
    event.request = Request{.url = "http://own/"};
    CHECK(layers.applied_to(event).request == Request{.url = "http://own/"});
    CHECK_FALSE(Layers().applied_to({}).request.has_value());
  }

  TEST_CASE("the innermost level overrides the event's unless the call named one") {  // C156, P7.3
    Layers layers;
    CHECK(layers.applied_to({}).level == Level::error);
    layers.global.set_level(Level::debug);
    layers.isolation.set_level(Level::fatal);
    CHECK(layers.applied_to({}).level == Level::fatal);
    CHECK(layers.applied_to({}, true).level == Level::error);
  }

  TEST_CASE("the event's own fingerprint and transaction win") {  // C156, P7.3
    Layers layers;
    layers.isolation.set_fingerprint({"isolation"});
    layers.current.set_fingerprint({"current"});
    layers.global.set_transaction_name("global");
    layers.isolation.set_transaction_name("isolation");
    CHECK(layers.applied_to({}).fingerprint == std::vector<std::string>{"current"});
    CHECK(layers.applied_to({}).transaction == "isolation");
    Event event;
    event.fingerprint = {"own"};
    event.transaction = "own";
    event = layers.applied_to(std::move(event));
    CHECK(event.fingerprint == std::vector<std::string>{"own"});
    CHECK(event.transaction == "own");
  }

  TEST_CASE("breadcrumbs of all layers are sorted by time and capped") {  // C159, P7.3
    Layers layers;
    layers.global.add_breadcrumb(note("g1", 1));
    layers.global.add_breadcrumb(note("g5", 5));
    layers.isolation.add_breadcrumb(note("i2", 2));
    layers.isolation.add_breadcrumb(note("i5", 5));
    layers.current.add_breadcrumb(note("c3", 3));
    layers.current.add_breadcrumb(note("c5", 5));
    CHECK(merged_messages(layers, 100) ==
          std::vector<std::string>{"g1", "i2", "c3", "g5", "i5", "c5"});
    CHECK(merged_messages(layers, 3) == std::vector<std::string>{"g5", "i5", "c5"});
    CHECK(merged_messages(layers, 0).empty());
  }

  TEST_CASE("breadcrumbs of one layer stay in the order of adding") {  // S5.9
    Layers layers;
    layers.isolation.add_breadcrumb(note("late", 9));
    layers.isolation.add_breadcrumb(note("early", 1));
    CHECK(merged_messages(layers, 100) == std::vector<std::string>{"late", "early"});
    const auto snapshots = layers.snapshots();
    const auto merge = [&] { static_cast<void>(merge_breadcrumbs(snapshots, 100)); };
    CHECK(count_allocations(merge) == 1);  // the list itself
  }

  TEST_CASE("the newest fifty of a hundred and twenty are merged") {  // S13.2
    for (const std::size_t max : {50U, 100U}) {
      const Policy policy(max);
      Layers layers;
      for (int i = 1; i <= 120; ++i) layers.isolation.add_breadcrumb(note(std::to_string(i), i));
      const auto messages = merged_messages(layers, max);
      REQUIRE(messages.size() == max);
      CHECK(messages.front() == std::to_string(121 - max));
      CHECK(messages.back() == "120");
    }
  }

  TEST_CASE("a view becomes a breadcrumb with its data") {
    Layers layers;
    const Breadcrumb original{.timestamp = WallTime(std::chrono::seconds(3)),
                              .type = "http",
                              .category = "net",
                              .message = "GET",
                              .level = Level::warning,
                              .data = {{"status", 404}, {"tags", List{1, "a"}}}};
    layers.isolation.add_breadcrumb(original);
    const auto snapshots = layers.snapshots();
    CHECK(to_breadcrumb(merge_breadcrumbs(snapshots, 100).at(0)) == original);
  }

  TEST_CASE("attachments and event processors are taken from the outside in") {  // P7.3
    Layers layers;
    std::string order;
    layers.current.add_attachment({.filename = "c"});
    layers.global.add_attachment({.filename = "g"});
    layers.isolation.add_event_processor([&](Event&, Hint&) {
      order += 'i';
      return Verdict::keep;
    });
    layers.global.add_event_processor([&](Event&, Hint&) {
      order += 'g';
      return Verdict::keep;
    });
    const auto snapshots = layers.snapshots();
    REQUIRE(attachments(snapshots).size() == 2);
    CHECK(attachments(snapshots)[0]->filename == "g");
    CHECK(attachments(snapshots)[1]->filename == "c");
    Event event;
    Hint hint;
    for (const auto& processor : processors(snapshots)) (*processor)(event, hint);
    CHECK(order == "gi");
  }
}

}  // namespace
}  // namespace picket::scope
