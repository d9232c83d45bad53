// No memory left, at each allocation of a call in turn: the call returns, the host goes on, and the
// next capture works.

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/allocations.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace picket {
namespace {

using testing::ScopedClient;
using tests::FailingAllocations;

constexpr const char* kLong = "a text that is longer than a small string";

struct Call {
  std::string name;
  std::function<void()> make;
};

std::vector<Call> calls(const std::exception& error) {
  return {
      {"tag", [] { set_tag(kLong, kLong); }},
      {"user", [user = User{.id = kLong}] { set_user(user); }},
      {"context",
       [] {
         set_context("pool", {{"size", 10}, {"name", kLong}});
       }},
      {"breadcrumb",
       [] {
         add_breadcrumb(kLong, {.category = kLong, .data = {{"k", kLong}}});
       }},
      {"scopes", [] { static_cast<void>(push_scope()), static_cast<void>(isolate()); }},
      {"message",
       [] {
         capture_message(kLong, Level::error, {.tags = {{kLong, kLong}}});
       }},
      {"exception",
       [&error] {
         capture_exception(error, {.extra_context = {{"k", kLong}, {"n", nullptr}}});
       }},
      {"transaction",
       [] {
         auto transaction = start_transaction({.op = kLong, .name = kLong});
         transaction.set_data("k", kLong).set_tag("k", kLong);
         start_span({.op = kLong, .description = kLong}).set_data("k", kLong);
         transaction.finish();
       }},
      {"trace headers", [] { static_cast<void>(trace_headers({.url = kLong})); }},
  };
}

/// Fails from the nth allocation of the call on, for all n until the call gets all it asks for; the
/// number of failures seen.
std::size_t fail_everywhere(const Call& call, std::size_t failures) {
  constexpr std::size_t kEnough = 1000;
  const std::size_t before = tests::allocations().failed;
  for (std::size_t successes = 0; successes < kEnough; ++successes) {
    const std::size_t failed = tests::allocations().failed;
    {
      const FailingAllocations none(successes, failures);
      call.make();
    }
    if (tests::allocations().failed == failed) break;
  }
  return tests::allocations().failed - before;
}

TEST_SUITE("sdk/out_of_memory") {
  TEST_CASE("whichever allocation fails, the call returns and the next capture works") {
    const std::runtime_error error(kLong);  // S4.4, S9.6
    for (const std::size_t failures : {std::size_t{1}, FailingAllocations::kForGood}) {
      const ScopedClient client({.traces_sample_rate = 1.0});
      capture_message("warm up");
      for (const Call& call : calls(error)) {
        CAPTURE(call.name);
        CHECK(fail_everywhere(call, failures) > 0);
      }
      CHECK_FALSE(capture_message("afterwards").is_nil());
      const auto captured = client.captured();
      CHECK(captured.problems().empty());
      CHECK(captured.with_message("afterwards").size() == 1);
    }
  }

  TEST_CASE("a capture without memory is a nil id, and leaves no scope behind") {  // S4.3, S4.4
    const ScopedClient client;
    const std::runtime_error error(kLong);
    set_tag("region", "eu");
    {
      const FailingAllocations none(0);
      CHECK(capture_message(kLong, Level::error, {.tags = {{"lost", kLong}}}).is_nil());
      CHECK(capture_exception(error, {.extra_context = {{"lost", kLong}}}).is_nil());
    }
    capture_message("afterwards");
    const auto event = client.captured().last_event();
    REQUIRE(event);
    CHECK(event->has_tag("region", "eu"));
    CHECK_FALSE(event->tag("lost"));
    CHECK_FALSE(event->has_context("extra"));
  }

  TEST_CASE("a worker without memory loses that event and no other") {  // S4.4, S9.6
    Options options;
    options.before_send = [](Event& event, Hint&) {
      if (event.tags.contains("hungry")) {
        const FailingAllocations none(0);
        event.tags[kLong] = kLong;
      }
      return Verdict::keep;
    };
    const ScopedClient client(options);
    capture_message("lost", Level::error, {.tags = {{"hungry", "yes"}}});
    capture_message("afterwards");
    CHECK(client.captured().events().size() == 1);
    const Stats books = client.stats();
    CHECK(books.errors().captured == 2);
    CHECK(books.errors().dropped_total() == 1);
    CHECK(books.errors().pending == 0);
  }
}

}  // namespace
}  // namespace picket
