// The envelope that is made while an answer is on its way.

#include "unit/transport/fakes.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <string>

namespace picket::transport {
namespace {

using namespace std::chrono_literals;
using protocol::DataCategory;

/// A world with one envelope under way, where no answer is ever slow enough for a second request.
struct Ahead {
  World world;
  std::shared_ptr<std::atomic<int>> prepared = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<FakeCourier::Shared> air;

  explicit Ahead(bool look_ahead, int max_attempts = 5) {
    world.options.look_ahead = look_ahead;
    world.options.max_attempts = max_attempts;
    world.options.retry_backoff = 0ms;
    world.options.send_client_reports = false;
    air = world.start_flying(1);
  }
  void push(const std::string& text) {
    world.push({DataCategory::error, 1}, [text, prepared = prepared] {
      ++*prepared;
      return event_envelope(text);
    });
  }
  [[nodiscard]] bool await_prepared(int count) const {
    const auto deadline = base::deadline_in(10s);
    while (*prepared < count && base::time_until(deadline) > 0ms) std::this_thread::yield();
    return *prepared == count;
  }
};

TEST_SUITE("transport/worker_ahead") {
  TEST_CASE("while an answer is on its way the next envelope is made, and no more") {
    Ahead ahead(true);
    for (const char* text : {"a", "b", "c"}) ahead.push(text);
    REQUIRE(ahead.air->await_flying(1));
    REQUIRE(ahead.await_prepared(2));
    CHECK(ahead.air->sent_count() == 1);  // one request at a time, all the same
    for (const char* text : {"a", "b", "c"}) {
      REQUIRE(ahead.air->await_flying(1));
      CHECK(*ahead.prepared <= 1 + static_cast<int>(ahead.air->sent_count()));
      ahead.air->answer(text, status(200));  // in the order of capture
    }
    CHECK(ahead.world.flush());
    CHECK(ahead.world.errors() == "sent=3");
  }

  TEST_CASE("nothing is made before its time where that is not wanted") {
    Ahead ahead(false);
    ahead.push("a");
    ahead.push("b");
    REQUIRE(ahead.air->await_flying(1));
    ahead.air->answer("a", status(200));
    REQUIRE(ahead.air->await_flying(1));
    CHECK(*ahead.prepared == 2);
    ahead.air->answer("b", status(200));
    CHECK(ahead.world.flush());
  }

  TEST_CASE("a limit that comes with the answer counts for what was made before it") {  // P6.5
    Ahead ahead(true);
    ahead.push("a");
    ahead.push("b");
    REQUIRE(ahead.air->await_flying(1));
    REQUIRE(ahead.await_prepared(2));
    ahead.air->answer("a", status(200, "60:error:key"));
    CHECK(ahead.world.flush());
    CHECK(ahead.world.errors() == "sent=1 ratelimit_backoff=1");
    CHECK(ahead.air->sent_count() == 1);
  }

  TEST_CASE("what was made before a failure waits for the server to come back") {
    Ahead ahead(true);
    ahead.push("a");
    ahead.push("b");
    REQUIRE(ahead.air->await_flying(1));
    REQUIRE(ahead.await_prepared(2));
    ahead.air->answer("a", status(503));
    REQUIRE(ahead.air->await_flying(1));
    ahead.air->answer("a", status(200));
    REQUIRE(ahead.air->await_flying(1));
    ahead.air->answer("b", status(200));
    CHECK(ahead.world.flush());
    CHECK(ahead.world.errors() == "sent=2");
  }

  TEST_CASE("a close sends what was made, or drops and counts it at its deadline") {
    for (const bool answers : {true, false}) {
      CAPTURE(answers);
      Ahead ahead(true);
      ahead.push("a");
      ahead.push("b");
      REQUIRE(ahead.air->await_flying(1));
      REQUIRE(ahead.await_prepared(2));
      if (answers) {
        ahead.air->answer("a", status(200));
        REQUIRE(ahead.air->await_flying(1));
        ahead.air->answer("b", status(200));
      }
      CHECK(ahead.world.worker->close(answers ? World::soon() : base::deadline_in(5ms)) == answers);
      CHECK(ahead.world.errors() == (answers ? "sent=2" : "queue_overflow=2"));
    }
  }

  TEST_CASE("a close that gives up on the server gives up on what was made as well") {
    Ahead ahead(true, 1);
    ahead.push("a");
    ahead.push("b");
    REQUIRE(ahead.air->await_flying(1));
    REQUIRE(ahead.await_prepared(2));
    {
      const std::lock_guard lock(ahead.air->mutex);
      ahead.air->interrupted = true;  // from now on nothing gets through
      ahead.air->end_all();
    }
    ahead.world.worker->close(World::soon());
    CHECK(ahead.world.errors() == "network_error=2");
  }
}

}  // namespace
}  // namespace picket::transport
