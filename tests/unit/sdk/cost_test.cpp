// What the front door costs the calling thread, in allocations: nothing while off, nothing for what
// is sampled out, and a number that does not depend on how many breadcrumbs there are.

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/allocations.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

namespace picket {
namespace {

using testing::ScopedClient;
using tests::count_allocations;

TEST_SUITE("sdk/cost") {
  TEST_CASE("while off nothing allocates") {  // S5.10, S6.8
    const std::runtime_error error("x");
    const User user{.id = "7"};
    const Request request{.url = "http://a.host/with/a/path/longer/than/a/small/string"};
    CHECK(count_allocations([&] {
            set_tag("a key that is longer than a small string", "and a value that is too");
            remove_tag("key");
            set_user(user);
            remove_user();
            set_request(request);
            remove_request();
            set_context("pool", {{"size", 10}, {"name", "a text longer than a small string"}});
            set_extra("key", 1.5);
            set_level(Level::fatal);
            set_transaction_name("a transaction name longer than a small string");
            add_breadcrumb("a message longer than a small string",
                           {.category = "c", .data = {{"k", 1}, {"l", "text"}}});
            const ScopeGuard temporary = push_scope();
            const ScopeGuard isolated = isolate();
            capture_message("a message longer than a small string");
            capture_exception(error, {.extra_context = {{"k", "v"}}, .tags = {{"k", "v"}}});
            capture_exception();
            static_cast<void>(last_event_id());
            static_cast<void>(is_initialized());
            flush(std::chrono::milliseconds(1));
          }) == 0);
  }

  TEST_CASE("what is sampled out does not allocate") {
    ScopedClient client({.sample_rate = 0.5});
    client.random().set({0.9});
    const std::runtime_error error("x");
    capture_message("warm up");
    CHECK(count_allocations([&] {
            capture_message("sampled out");
            capture_exception(error);
          }) == 0);
    static_cast<void>(client.captured());
    CHECK(client.stats().errors().dropped.at("sample_rate") == 3);
  }

  TEST_CASE("setting a tag to another value of its length does not allocate") {
    const ScopedClient client;
    set_tag("step", "one");
    CHECK(count_allocations([] { set_tag("step", "two"); }) == 0);
  }

  TEST_CASE("a capture allocates the same with no breadcrumb and with a hundred") {
    const ScopedClient client;
    set_tag("region", "eu");
    capture_message("warm up");
    const std::size_t without = count_allocations([] { capture_message("message"); });
    for (int i = 0; i < 100; ++i) add_breadcrumb("note", {.data = {{"i", i}}});
    const std::size_t with = count_allocations([] { capture_message("message"); });
    MESSAGE("allocations of one capture_message: " << with);
    CHECK(with == without);
    CHECK(with <= 4);
  }
}

}  // namespace
}  // namespace picket
