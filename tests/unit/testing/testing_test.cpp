#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace picket::testing {
namespace {

using namespace std::chrono_literals;

TEST_SUITE("testing") {
  TEST_CASE("a fixture turns picket on and puts the former state back") {  // S9.2
    CHECK_FALSE(is_initialized());
    {
      const ScopedClient outer;
      CHECK(is_initialized());
      capture_message("outer one");
      {
        const ScopedClient inner;
        capture_message("inner");
        CHECK(inner.captured().messages().size() == 1);
      }
      capture_message("outer two");
      const Captured captured = outer.captured();
      REQUIRE(captured.messages().size() == 2);
      CHECK(captured.messages()[1].message() == "outer two");
    }
    CHECK_FALSE(is_initialized());
  }

  TEST_CASE("a test that throws leaves no fixture behind") {  // S9.2
    try {
      const ScopedClient client;
      throw std::runtime_error("test failed");
    } catch (const std::runtime_error&) {
    }
    CHECK_FALSE(is_initialized());
  }

  TEST_CASE("scopes of a fixture are fresh") {
    const ScopedClient outer;
    set_tag("who", "outer");
    {
      const ScopedClient inner;
      capture_message("x");
      CHECK_FALSE(inner.captured().last_event()->tag("who"));
    }
    capture_message("x");
    CHECK(outer.captured().last_event()->has_tag("who", "outer"));
  }

  TEST_CASE("queries find events by what a test knows of them") {  // S9.3
    const ScopedClient client;
    try {
      throw std::invalid_argument("bad id");
    } catch (const std::exception& error) {
      capture_exception(error, {.extra_context = {{"command", "ban"}}, .tags = {{"kind", "db"}}});
    }
    capture_message("disk full", Level::warning);

    const Captured captured = client.captured();
    CHECK(captured.problems().empty());
    CHECK(captured.errors().size() == 1);
    CHECK(captured.messages().size() == 1);
    CHECK(captured.with_type("invalid_argument").size() == 1);
    CHECK(captured.with_type("runtime_error").empty());
    CHECK(captured.with_message("full").size() == 1);
    CHECK(captured.with_tag("kind", "db").size() == 1);
    CHECK(captured.last_error()->has_context("extra", "command", "ban"));
    CHECK_FALSE(captured.last_error()->has_context("extra", "command", "kick"));
    CHECK(captured.last_event()->level() == "warning");
    const std::string text = captured.describe();
    CHECK(text.find("invalid_argument: bad id") != std::string::npos);
    CHECK(text.find("kind = db") != std::string::npos);
  }

  TEST_CASE("code under test passes its exception on, and it is recorded once") {  // S9.4
    const ScopedClient client;
    const std::exception* thrown = nullptr;
    const auto code_under_test = [&] {
      try {
        throw std::out_of_range("no such case");
      } catch (const std::exception& error) {
        thrown = &error;
        capture_exception(error);
        throw;
      }
    };
    const auto global_handler = [&] {
      try {
        code_under_test();
      } catch (const std::exception& error) {
        CHECK(&error == thrown);
        capture_exception(error);
        throw;
      }
    };
    REQUIRE_THROWS_AS(global_handler(), std::out_of_range);
    CHECK(client.captured().errors().size() == 1);
  }

  TEST_CASE("an envelope that cannot be read is told as a problem") {
    const Captured captured({"not an envelope", "{}\n{\"type\":\"event\"}\nnot json\n"});
    CHECK(captured.problems().size() == 2);
    CHECK(captured.events().empty());
  }

  TEST_CASE("a manual clock moves both times and wakes who waits") {
    const ManualClock clock;
    ManualClock mover = clock;
    const WallTime wall = clock.wall();
    const SteadyTime until = clock.steady() + 60s;
    std::mutex mutex;
    std::condition_variable never;
    std::jthread waiter([&] {
      std::unique_lock lock(mutex);
      while (clock.steady() < until) clock.handle().wait_until(lock, never, until);
    });
    mover.advance(60s);
    waiter.join();
    CHECK(clock.wall() == wall + 60s);
  }

  TEST_CASE("fixed random numbers come in turn and are counted") {
    FixedRandom random({0.25, 0.75});
    const auto draw = random.handle();
    CHECK(draw() == 0.25);
    CHECK(draw() == 0.75);
    CHECK(draw() == 0.25);
    CHECK(random.draws() == 3);
    CHECK(FixedRandom().handle()() == 0.0);
  }

  TEST_CASE("a memory transport holds, answers and throws as told") {  // S9.6
    MemoryTransport transport;
    transport.set_script([](std::size_t call, std::string_view) -> TransportResponse {
      if (call == 1) return {.status = 503};
      if (call == 2) throw std::runtime_error("cable cut");
      return {.status = 200};
    });
    CHECK(transport.send("{}").status == 503);
    CHECK_THROWS_AS(transport.send("{}"), std::runtime_error);
    CHECK(transport.captured().raw().empty());
    transport.hold();
    std::jthread sender([&] { transport.send("{}"); });
    CHECK(transport.wait_for_calls(3, 10s));
    CHECK(transport.captured().raw().empty());
    transport.release();
    sender.join();
    CHECK(transport.captured().raw().size() == 1);
  }
}

}  // namespace
}  // namespace picket::testing
