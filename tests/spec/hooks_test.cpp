// Hooks, sampling and ignoring: what may end an event, and how that is counted.

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace picket {
namespace {

using testing::ScopedClient;

std::uint64_t dropped(const ScopedClient& client, const char* reason) {
  static_cast<void>(client.captured());
  const CategoryStats stats = client.stats().errors();
  const auto found = stats.dropped.find(reason);
  return found == stats.dropped.end() ? 0 : found->second;
}

TEST_SUITE("spec/hooks") {
  TEST_CASE("before_send sees the merged event and may change it") {  // C150, S8.1
    std::string seen_tag;
    const ScopedClient client({.before_send = [&](Event& event, Hint&) {
      seen_tag = event.tags["from"];
      event.tags["added"] = "yes";
      event.message->formatted = "changed";
      return Verdict::keep;
    }});
    set_tag("from", "scope");
    const EventId id = capture_message("original");
    const auto event = client.captured().last_event();
    REQUIRE(event);
    CHECK(seen_tag == "scope");
    CHECK(event->message() == "changed");
    CHECK(event->has_tag("added", "yes"));
    CHECK(event->id() == id.to_string());
  }

  TEST_CASE("before_send may drop, which is counted and reported") {  // S8.1, C151
    const ScopedClient client({.before_send = [](Event&, Hint&) { return Verdict::drop; }});
    CHECK_FALSE(capture_message("x").is_nil());
    CHECK(client.captured().events().empty());
    CHECK(dropped(client, "before_send") == 1);
    CHECK(client.captured().reported("before_send", "error") == 1);
  }

  TEST_CASE("a hook that throws drops its event, the host goes on") {  // S8.5, C154
    const ScopedClient client({.before_send = [](Event&, Hint&) -> Verdict {
      throw std::runtime_error("hook is broken");
    }});
    capture_message("x");
    CHECK(client.captured().events().empty());
    CHECK(dropped(client, "before_send") == 1);
    REQUIRE_FALSE(client.diagnostics().empty());
    CHECK(client.diagnostics()[0].find("hook is broken") != std::string::npos);
  }

  TEST_CASE("hooks run on the worker, in order: breadcrumbs, scope, client, before_send") {
    std::vector<std::string> order;  // C149, P7.4
    std::vector<std::thread::id> threads;
    const auto note = [&](const char* name) {
      order.emplace_back(name);
      threads.push_back(std::this_thread::get_id());
      return Verdict::keep;
    };
    const ScopedClient client(
        {.before_send = [&](Event&, Hint&) { return note("before_send"); },
         .before_breadcrumb = [&](Breadcrumb&) { return note("breadcrumb"); },
         .event_processors = {[&](Event&, Hint&) { return note("first"); },
                              [&](Event&, Hint&) { return note("second"); }}});
    configure_scope([&](Scope& scope) {
      scope.add_event_processor([&](Event&, Hint&) { return note("scoped"); });
    });
    add_breadcrumb("note");
    capture_message("x");
    CHECK(client.captured().events().size() == 1);
    CHECK(order ==
          std::vector<std::string>{"breadcrumb", "scoped", "first", "second", "before_send"});
    for (const auto& thread : threads) CHECK(thread != std::this_thread::get_id());
  }

  TEST_CASE("an event processor may drop or throw, counted as its own") {  // C149, C154
    int call = 0;
    const ScopedClient client({.event_processors = {[&](Event&, Hint&) {
                                 if (++call == 1) throw 42;
                                 return Verdict::drop;
                               }}});
    capture_message("x");
    capture_message("y");
    CHECK(client.captured().events().empty());
    CHECK(dropped(client, "event_processor") == 2);
  }

  TEST_CASE("before_breadcrumb changes and drops; the next event has the notes again") {  // S5.9
    const ScopedClient client({.before_breadcrumb = [](Breadcrumb& breadcrumb) {
      if (breadcrumb.message == "secret") return Verdict::drop;
      if (breadcrumb.message == "boom") throw std::runtime_error("hook");
      breadcrumb.message += "!";
      return Verdict::keep;
    }});
    for (const char* message : {"one", "secret", "boom", "two"}) add_breadcrumb(message);
    capture_message("x");
    capture_message("y");
    const auto captured = client.captured();
    REQUIRE(captured.events().size() == 2);
    const std::vector<std::string> expected{"one!", "two!"};
    CHECK(captured.events()[0].breadcrumbs() == expected);
    CHECK(captured.events()[1].breadcrumbs() == expected);
  }

  TEST_CASE("the hint rethrows to the original exception and knows the place") {  // S8.4
    std::string type;
    std::string file;
    bool null_for_message = false;
    const ScopedClient client({.before_send = [&](Event&, Hint& hint) {
      if (hint.origin == Hint::Origin::message) {
        null_for_message = hint.exception == nullptr;
        return Verdict::keep;
      }
      file = hint.location.file;
      try {
        std::rethrow_exception(hint.exception);
      } catch (const std::out_of_range& error) {
        type = error.what();
      }
      return Verdict::keep;
    }});
    try {
      throw std::out_of_range("index 7");
    } catch (...) {
      capture_exception();
    }
    capture_message("x");
    CHECK(client.captured().events().size() == 2);
    CHECK(type == "index 7");
    CHECK(file.ends_with("hooks_test.cpp"));
    CHECK(null_for_message);
  }

  TEST_CASE("a hook may take attachments out and put others in") {
    const ScopedClient client({.before_send = [](Event&, Hint& hint) {
      hint.attachments.clear();
      hint.attachments.push_back({.filename = "new", .bytes = "n"});
      return Verdict::keep;
    }});
    add_attachment({.filename = "old", .bytes = "o"});
    capture_message("x");
    const auto attachments = client.captured().last_event()->attachments();
    REQUIRE(attachments.size() == 1);
    CHECK(attachments[0].payload == "n");
  }

  TEST_CASE("a capture inside a hook does not recurse") {  // S8.5
    const ScopedClient client({.before_send = [](Event&, Hint&) {
      CHECK(capture_message("from the hook").is_nil());
      return Verdict::keep;
    }});
    capture_message("x");
    CHECK(client.captured().events().size() == 1);
    CHECK(dropped(client, "event_processor") == 1);
  }

  TEST_CASE("sampling is decided before hooks, with the host's random numbers") {  // C151, S2.3
    std::atomic<int> hook_calls = 0;
    ScopedClient client({.sample_rate = 0.5, .before_send = [&](Event&, Hint&) {
                           ++hook_calls;
                           return Verdict::keep;
                         }});
    client.random().set({0.49, 0.5});
    CHECK_FALSE(capture_message("kept").is_nil());
    CHECK(capture_message("sampled out").is_nil());
    CHECK(client.captured().events().size() == 1);
    CHECK(hook_calls == 1);
    CHECK(dropped(client, "sample_rate") == 1);
    CHECK(client.captured().reported("sample_rate", "error") == 1);

    ScopedClient none({.sample_rate = 0.0});
    none.random().set({0.0});
    CHECK(capture_message("x").is_nil());
    CHECK(none.captured().events().empty());
  }

  TEST_CASE("ignored errors are counted, not sent") {  // P7.17, S11.2
    struct Row {
      const char* entry;
      bool ignored;
    };
    const Row rows[] = {
        {"out_of_range", true},
        {"out_of_range*", true},
        {"out_of_range: index 7", true},
        {"std::out_of_range", true},
        {"index 7", true},
        {"std::out_of_range: *", true},
        {"*7", true},
        {"std::*", true},
        {"logic_error", false},
        {"index", true},
        {"index*", false},
        {"", false},
    };
    for (const Row& row : rows) {
      CAPTURE(row.entry);
      const ScopedClient client({.ignore_errors = {row.entry}});
      try {
        throw std::out_of_range("index 7");
      } catch (...) {
        capture_exception();
      }
      CHECK(client.captured().events().empty() == row.ignored);
      CHECK(dropped(client, "event_processor") == (row.ignored ? 1 : 0));
    }
    const ScopedClient client({.ignore_errors = {"hit the limit"}});
    capture_message("user hit the limit");
    CHECK(client.captured().events().empty());
  }
}

}  // namespace
}  // namespace picket
