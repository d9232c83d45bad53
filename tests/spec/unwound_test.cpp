// `Options::keep_unwound_context`: what a scope said is on the event of the handler outside of it.

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

namespace picket {
namespace {

using testing::ScopedClient;

/// Fails inside of two scopes and a unit of work.
void fail_deep() {
  const auto unit = isolate();
  set_user({.id = "7"});
  add_breadcrumb("began");
  const auto outer = push_scope();
  set_tag("layer", "outer");
  const auto inner = push_scope();
  set_tag("layer", "inner");
  throw std::runtime_error("deep");
}

void capture_outside() {
  try {
    fail_deep();
  } catch (const std::exception& error) {
    capture_exception(error);
  }
}

TEST_SUITE("spec/unwound") {
  TEST_CASE("the handler outside of a scope captures with what the scope said") {  // S7.1
    const ScopedClient client({.keep_unwound_context = true});
    capture_outside();
    const auto event = client.captured().last_error();
    REQUIRE(event);
    CHECK(event->has_tag("layer", "inner"));
    CHECK(event->json().at("user.id") == Value("7"));
    CHECK(event->breadcrumbs() == std::vector<std::string>{"began"});
  }

  TEST_CASE("without the option what the scope said is gone") {  // S13.3
    const ScopedClient client;
    capture_outside();
    const auto event = client.captured().last_error();
    REQUIRE(event);
    CHECK_FALSE(event->tag("layer"));
    CHECK(event->json().at("user").is_null());
  }

  TEST_CASE("kept scopes serve one capture, and none of a later unit of work") {  // S5.11
    const ScopedClient client({.keep_unwound_context = true});
    capture_outside();
    try {
      throw std::logic_error("another");
    } catch (const std::exception& error) {
      capture_exception(error);
    }
    CHECK_FALSE(client.captured().last_error()->tag("layer"));

    try {
      fail_deep();
    } catch (const std::exception&) {  // swallowed
    }
    const auto next = isolate();
    capture_exception(std::logic_error("not theirs"));
    CHECK_FALSE(client.captured().last_error()->tag("layer"));
  }

  TEST_CASE("a scope that ends normally while another exception travels leaves nothing") {
    const ScopedClient client({.keep_unwound_context = true});
    struct Cleanup {
      ~Cleanup() {
        const auto scope = push_scope();
        set_tag("layer", "cleanup");
      }
    };
    try {
      const Cleanup cleanup;
      throw std::runtime_error("travels");
    } catch (const std::exception& error) {
      capture_exception(error);
    }
    CHECK_FALSE(client.captured().last_error()->tag("layer"));
  }
}

}  // namespace
}  // namespace picket
