// Scopes through the front door: what lands on which event.

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace picket {
namespace {

using testing::CapturedEvent;
using testing::ScopedClient;

CapturedEvent captured_now(const ScopedClient& client) {
  capture_message("probe");
  const auto event = client.captured().last_event();
  REQUIRE(event);
  return *event;
}

TEST_SUITE("spec/scopes") {
  TEST_CASE("the layers merge, inner over outer") {  // C155
    const ScopedClient client;
    configure_global_scope([](Scope& scope) {
      scope.set_tag("layer", "global");
      scope.set_tag("global", "yes");
    });
    set_tag("layer", "isolation");
    set_tag("isolation", "yes");
    const ScopeGuard guard = push_scope();
    set_tag("layer", "current");
    capture_message("x", Level::info, {.tags = {{"event", "yes"}}});
    const auto event = client.captured().last_event();
    CHECK(event->has_tag("layer", "current"));
    CHECK(event->has_tag("global", "yes"));
    CHECK(event->has_tag("isolation", "yes"));
    CHECK(event->has_tag("event", "yes"));
  }

  TEST_CASE("a temporary scope is gone afterwards, its breadcrumbs are not") {  // S13.3, S5.11
    const ScopedClient client;
    set_tag("feature", "outer");
    try {
      const ScopeGuard guard = push_scope();
      set_tag("feature", "inner");
      set_context("step", {{"number", 3}});
      add_breadcrumb("inside");
      CHECK(captured_now(client).has_tag("feature", "inner"));
      throw std::runtime_error("leave");
    } catch (const std::runtime_error&) {
    }
    const CapturedEvent event = captured_now(client);
    CHECK(event.has_tag("feature", "outer"));
    CHECK_FALSE(event.has_context("step"));
    CHECK(event.breadcrumbs() == std::vector<std::string>{"inside"});
  }

  TEST_CASE("every setter lands, every remover takes away") {  // P7.3
    const ScopedClient client;
    set_tag("t", 5);
    set_user({.id = "123456789012345678", .username = "ann", .data = {{"role", Value("mod")}}});
    set_request({.method = "GET", .url = "http://shop.example/cart"});
    set_context("pool", {{"size", 10}, {"busy", true}});
    set_extra("note", "x");
    set_level(Level::fatal);
    set_fingerprint({"{{ default }}", "pool"});
    set_transaction_name("ban_user");
    const CapturedEvent with = captured_now(client);
    CHECK(with.has_tag("t", "5"));
    CHECK(with.json().at("user.id") == Value("123456789012345678"));
    CHECK(with.json().at("user.role") == Value("mod"));
    CHECK(with.json().at("request.url") == Value("http://shop.example/cart"));
    CHECK(with.has_context("pool", "size", 10));
    CHECK(with.json().at("extra.note") == Value("x"));
    CHECK(with.level() == "fatal");  // C156
    CHECK(with.json().at("fingerprint.1") == Value("pool"));
    CHECK(with.json().at("transaction") == Value("ban_user"));

    remove_tag("t");
    remove_user();
    remove_request();
    remove_context("pool");
    remove_extra("note");
    remove_level();
    remove_fingerprint();
    remove_transaction_name();
    const CapturedEvent without = captured_now(client);
    CHECK_FALSE(without.tag("t"));
    for (const char* key : {"user", "request", "extra", "fingerprint", "transaction"}) {
      CAPTURE(key);
      CHECK(without.json().at(key).is_null());
    }
    CHECK_FALSE(without.has_context("pool"));
    CHECK(without.level() == "info");
  }

  TEST_CASE("ever new names do not make a scope grow without end") {
    const ScopedClient client;
    for (int i = 0; i < 10'000; ++i) {
      const std::string name = "name" + std::to_string(i);
      set_tag(name, i);
      set_context(name, {{"i", i}});
      set_extra(name, i);
      add_attachment({.filename = name, .bytes = "x"});
    }
    set_tag("name0", "changed");
    const CapturedEvent event = captured_now(client);
    CHECK(event.json().at("tags").as_object()->size() == 250);
    CHECK(event.has_tag("name0", "changed"));
    CHECK(event.json().at("extra").as_object()->size() <= 250);
    CHECK(event.attachments().size() == 30);
    CHECK_FALSE(client.diagnostics().empty());
  }

  TEST_CASE("a scope's level beats the event's, the level of the call beats both") {  // C156
    const ScopedClient client;
    set_level(Level::warning);
    capture_message("x", Level::debug);
    CHECK(client.captured().last_event()->level() == "warning");
    capture_message("x", Level::debug, {.level = Level::fatal});
    CHECK(client.captured().last_event()->level() == "fatal");
  }

  TEST_CASE("breadcrumbs keep their order and their newest") {  // C066, S13.2
    struct Row {
      std::size_t cap;
      std::size_t expected;
    };
    for (const Row row : {Row{100, 100}, Row{50, 50}, Row{0, 0}, Row{1000, 120}}) {
      CAPTURE(row.cap);
      const ScopedClient client({.max_breadcrumbs = row.cap});
      for (int i = 0; i < 120; ++i) add_breadcrumb("note " + std::to_string(i));
      const auto crumbs = captured_now(client).breadcrumbs();
      REQUIRE(crumbs.size() == row.expected);
      if (row.expected > 0) {
        CHECK(crumbs.back() == "note 119");
        CHECK(crumbs.front() == "note " + std::to_string(120 - row.expected));
      }
    }
  }

  TEST_CASE("a breadcrumb lands with all its fields") {  // S5.8, P3.16
    const ScopedClient client;
    add_breadcrumb("paid", {.category = "billing",
                            .level = Level::warning,
                            .type = "http",
                            .data = {{"amount", 12}, {"ok", false}, {"who", "ann"}}});
    add_breadcrumb(Breadcrumb{.category = "c", .message = "m", .data = {{"k", Value(1)}}});
    const CapturedEvent event = captured_now(client);
    const Value& first = event.json().at("breadcrumbs.values.0");
    CHECK(first.at("message") == Value("paid"));
    CHECK(first.at("category") == Value("billing"));
    CHECK(first.at("level") == Value("warning"));
    CHECK(first.at("type") == Value("http"));
    CHECK(first.at("data.amount") == Value(12));
    CHECK(first.at("data.ok") == Value(false));
    CHECK(first.at("timestamp") == Value("2026-01-01T00:00:00.000000Z"));
    CHECK(event.json().at("breadcrumbs.values.1.data.k") == Value(1));
  }

  TEST_CASE("an isolated unit of work inherits, and keeps its own to itself") {  // S5.11
    const ScopedClient client;
    set_tag("shared", "yes");
    {
      const ScopeGuard guard = isolate();
      set_tag("own", "yes");
      add_breadcrumb("own note");
      const CapturedEvent inside = captured_now(client);
      CHECK(inside.has_tag("shared", "yes"));
      CHECK(inside.has_tag("own", "yes"));
    }
    const CapturedEvent outside = captured_now(client);
    CHECK_FALSE(outside.tag("own"));
    CHECK(outside.breadcrumbs().empty());
  }

  TEST_CASE("a new thread starts empty unless a context is carried over") {  // P7.3, S5.11
    const ScopedClient client;
    set_tag("who", "parent");
    std::jthread([&] { capture_message("bare"); }).join();
    auto work = Context::current().wrap([](std::string text) { capture_message(text); });
    std::jthread([&] { work("carried"); }).join();
    const auto captured = client.captured();
    REQUIRE(captured.events().size() == 2);
    CHECK_FALSE(captured.with_message("bare")[0].tag("who"));
    CHECK(captured.with_message("carried")[0].has_tag("who", "parent"));
  }

  TEST_CASE("clear empties a scope but keeps its processors") {  // C160
    int calls = 0;
    const ScopedClient client;
    configure_scope([&](Scope& scope) {
      scope.set_tag("t", "v");
      scope.add_breadcrumb("note");
      scope.add_event_processor([&](Event&, Hint&) {
        ++calls;
        return Verdict::keep;
      });
      scope.clear();
    });
    const CapturedEvent event = captured_now(client);
    CHECK_FALSE(event.tag("t"));
    CHECK(event.breadcrumbs().empty());
    CHECK(calls == 1);
  }

  TEST_CASE("events of one unit of work share a trace, units do not") {  // P3.20
    const ScopedClient client;
    const auto trace = [&] {
      return std::string(captured_now(client).json().at("contexts.trace.trace_id").text_or(""));
    };
    const std::string first = trace();
    CHECK(trace() == first);
    const ScopeGuard guard = isolate();
    CHECK(trace() != first);
  }
}

}  // namespace
}  // namespace picket
