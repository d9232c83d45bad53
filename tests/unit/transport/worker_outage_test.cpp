// While the server is out of reach: who looks whether it is back, who waits, who gives up.

#include "unit/transport/fakes.hpp"

#include <doctest/doctest.h>
#include <atomic>

namespace picket::transport {
namespace {

using namespace std::chrono_literals;
using protocol::DataCategory;

/// Moves the clock from wait to wait until the flush has come to its end.
bool flush_through_waits(World& world) {
  std::atomic<bool> done{false};
  bool result = false;
  std::thread flusher([&] {
    result = world.flush();
    done = true;
  });
  while (!done) {
    world.clock->advance(1s);
    std::this_thread::yield();
  }
  flusher.join();
  return result;
}

/// Counts how often somebody goes to sleep.
class CountingClock final : public ClockSource {
 public:
  explicit CountingClock(std::shared_ptr<test::TestClock> clock) : clock_(std::move(clock)) {}
  [[nodiscard]] WallTime wall() const noexcept override { return clock_->wall(); }
  [[nodiscard]] SteadyTime steady() const noexcept override { return clock_->steady(); }
  void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                  SteadyTime until) const override {
    ++waits;
    clock_->wait_until(lock, changed, until);
  }
  mutable std::atomic<int> waits{0};

 private:
  std::shared_ptr<test::TestClock> clock_;
};

TEST_SUITE("transport/worker_outage") {
  TEST_CASE("while the server is away a burst wakes nobody") {  // architecture 3
    World world([](std::size_t index, const std::string&) { return status(index == 0 ? 0 : 200); });
    const auto clock = std::make_shared<CountingClock>(world.clock);
    world.options.clock = Clock(clock);
    world.start();
    world.push_event("a");
    REQUIRE(world.clock->await_sleeper());
    world.push_event("b");  // the first that has to wait
    REQUIRE(world.clock->await_sleeper());
    const int before = clock->waits.load();
    for (int i = 0; i < 100; ++i) world.push_event("x");
    world.clock->advance(500ms);  // wakes the worker once, which shows that it was not woken before
    REQUIRE(world.clock->await_sleeper());
    CHECK(clock->waits.load() <= before + 2);
    world.clock->advance(500ms);
    CHECK(world.flush());
    CHECK(world.errors() == "sent=102");
  }

  TEST_CASE("one envelope looks whether the server is back, the rest waits") {
    World world([](std::size_t index, const std::string&) { return status(index < 3 ? 0 : 200); });
    world.start();
    world.push_event("a");
    REQUIRE(world.clock->await_sleep_of(1s));
    for (const char* text : {"b", "c", "d"}) world.push_event(text);
    world.clock->advance(1s);
    REQUIRE(world.clock->await_sleep_of(2s));
    CHECK(world.messages() == "a,a,");
    world.clock->advance(2s);
    REQUIRE(world.clock->await_sleep_of(4s));
    CHECK_FALSE(world.worker->figures().is_reachable);
    world.clock->advance(4s);
    CHECK(world.flush());
    CHECK(world.messages() == "a,a,a,a,b,c,d,");
    const DeliveryStats figures = world.worker->figures();
    CHECK(figures.is_reachable);
    CHECK(figures.attempts == 7);
    CHECK(figures.failures == 3);
  }

  TEST_CASE("what has waited for the server goes by value when it is back") {
    World world([](std::size_t index, const std::string&) { return status(index < 1 ? 0 : 200); });
    world.start();
    world.push_one(DataCategory::transaction, "t0");
    REQUIRE(world.clock->await_sleeper());
    for (int i = 1; i <= 3; ++i) world.push_one(DataCategory::transaction, "t" + std::to_string(i));
    for (int i = 1; i <= 3; ++i) world.push_one(DataCategory::error, "e" + std::to_string(i));
    world.clock->advance(1s);
    CHECK(world.flush());
    CHECK(world.messages() == "t0,t0,e1,e2,e3,t1,t2,t3,");
  }

  TEST_CASE("an envelope has so many attempts, then the next one looks") {
    World world([](std::size_t, const std::string& bytes) {
      return status(bytes.find("poison") != std::string::npos ? 503 : 200);
    });
    world.options.max_attempts = 3;
    world.start();
    world.push_event("poison");
    world.push_event("b");
    CHECK(flush_through_waits(world));
    CHECK(world.messages().substr(0, 23) == "poison,poison,poison,b,");
    CHECK(world.errors() == "sent=1 send_error=1");
  }

  TEST_CASE("an envelope that waits too long is given up") {
    World world([](std::size_t, const std::string&) { return status(0); });
    world.options.max_attempts = 100;
    world.options.max_retry_age = 1h;
    world.options.retry_backoff = world.options.retry_backoff_max = 25min;
    world.start();
    world.push_event("a");
    for (int i = 0; i < 3; ++i) {
      REQUIRE(world.clock->await_sleep_of(25min));
      CHECK(world.errors() == "pending=1");
      world.clock->advance(25min);
    }
    CHECK(world.flush());
    CHECK(world.errors() == "network_error=1");
    CHECK(world.transport->sent().size() == 3);
  }

  TEST_CASE("a close does not hammer a server that is away") {
    World world([](std::size_t, const std::string&) { return status(0); });
    world.start();
    for (int i = 0; i < 50; ++i) world.push_event("x");
    REQUIRE(world.clock->await_sleeper());
    CHECK(world.worker->close(World::soon()));
    CHECK(world.transport->sent().size() == 4);  // the first, and three of the close
    CHECK(world.errors() == "network_error=50");
  }

  TEST_CASE("quick answers come one by one, slow ones let several envelopes fly") {
    World world;
    const auto courier = world.start_flying(3);
    for (const char* text : {"aa", "bb"}) world.push_event(text);
    REQUIRE(courier->await_flying(1));
    courier->answer("aa", status(200));
    REQUIRE(courier->await_flying(1));
    CHECK(courier->sent_count() == 2);
    for (const char* text : {"cc", "dd", "ee"}) world.push_event(text);
    REQUIRE(courier->await_flying(3));  // bb takes its time, and there is room for three
    CHECK(courier->sent_count() == 4);
    courier->answer("cc", status(200));
    REQUIRE(courier->await_flying(3));
    for (const char* text : {"bb", "dd", "ee"}) courier->answer(text, status(200));
    CHECK(world.flush());
    CHECK(world.errors() == "sent=5");
  }

  TEST_CASE("when several fail together one of them looks first, and each arrives once") {
    World world;
    const auto courier = world.start_flying(3);
    for (const char* text : {"aa", "bb", "cc"}) world.push_event(text);
    REQUIRE(courier->await_flying(3));
    for (const char* text : {"aa", "bb", "cc"}) courier->answer(text, status(0));
    REQUIRE(world.clock->await_sleep_of(1s));  // three failures are one
    CHECK(courier->sent_count() == 3);
    world.clock->advance(1s);
    REQUIRE(courier->await_flying(1));
    CHECK(courier->sent_count() == 4);
    courier->answer("aa", status(200));
    REQUIRE(courier->await_flying(2));
    courier->answer("bb", status(200));
    courier->answer("cc", status(200));
    CHECK(world.flush());
    CHECK(world.errors() == "sent=3");
    CHECK(courier->sent_count() == 6);
  }

  TEST_CASE("limits are told by the server's own names, those that we have nothing for too") {
    World world([](std::size_t, const std::string&) {
      return status(200, "60:transaction;replay:key, 5:uptime:project");
    });
    world.start();
    world.push_event("a");
    CHECK(world.flush());
    const auto limits = world.worker->figures().rate_limits;
    CHECK(limits == std::map<std::string, std::chrono::milliseconds>{
                        {"transaction", 60s}, {"replay", 60s}, {"uptime", 5s}});
    world.clock->advance(5s);
    CHECK(world.worker->figures().rate_limits.count("uptime") == 0);
  }

  TEST_CASE("backpressure looks at the queue, the server and the limits") {  // P7.12
    World world([](std::size_t index, const std::string&) {
      return index == 0 ? status(200, "15:transaction:key") : status(200);
    });
    Worker& worker = world.start();
    world.push_event("a");
    CHECK(world.flush());
    world.clock->advance(10s);
    CHECK(worker.backpressure() == 1);  // a limit is active
    world.clock->advance(10s);
    CHECK(worker.backpressure() == 0);
    CHECK(worker.close(World::soon()));
    world.push_event("too late");  // refused, like what a full queue gives up
    world.clock->advance(10s);
    CHECK(worker.backpressure() == 1);
    world.clock->advance(10s);
    CHECK(worker.backpressure() == 0);
  }

  TEST_CASE("a drain takes nothing of little value any more and sends errors first") {
    World world;
    world.options.max_queue_items = 1'000'000;  // a full queue refuses too
    world.options.max_queue_bytes = 1U << 30U;
    const auto courier = world.start_flying(1);
    world.push_event("first");
    REQUIRE(courier->await_flying(1));
    for (const char* text : {"t1", "t2"}) world.push_one(DataCategory::transaction, text);
    world.push_one(DataCategory::error, "e1");
    std::atomic<bool> drained{false};
    std::thread drainer([&] { drained = world.worker->drain(World::soon()); });
    // The drain has begun when a transaction is refused.
    const auto give_up_at = World::soon();
    while (world.fate_of("transaction").find("queue_overflow") == std::string::npos &&
           std::chrono::steady_clock::now() < give_up_at) {
      world.push_one(DataCategory::transaction, "probe");
      std::this_thread::yield();
    }
    world.push_one(DataCategory::error, "e2");
    courier->answer("first", status(200));
    REQUIRE(courier->await_flying(1));
    courier->answer("e1", status(200));
    REQUIRE(courier->await_flying(1));
    courier->answer("e2", status(200));
    std::thread postman([&] {
      while (!drained && std::chrono::steady_clock::now() < give_up_at) {
        if (!courier->await_flying(1)) break;
        courier->answer("", status(200));
      }
    });
    drainer.join();
    CHECK(drained);
    CHECK(world.errors() == "sent=3");
    world.worker->close(base::deadline_in(0s));
    postman.join();
  }

  TEST_CASE("the host is told of every end, once") {
    std::mutex mutex;
    std::map<std::string, std::string> told;
    World world([](std::size_t, const std::string& bytes) {
      if (bytes.find("bad") != std::string::npos) return status(400);
      if (bytes.find("limited") != std::string::npos) return status(429, "1:session:key");
      return status(200);
    });
    world.options.max_queue_items = 4;
    world.options.on_delivery = [&](const Delivery& delivery) {
      const std::lock_guard lock(mutex);
      std::string& line = told[delivery.id.to_string()];
      line += std::string(line.empty() ? "" : "; ") + std::string(delivery.category) + " " +
              (delivery.outcome == DeliveryOutcome::sent ? "sent" : "dropped ") +
              std::string(delivery.reason);
    };
    world.start();
    const EventId good = world.push_one(DataCategory::error, "good");
    CHECK(world.flush());
    const EventId bad = world.push_one(DataCategory::error, "bad");
    CHECK(world.flush());
    const EventId limited = world.push_one(DataCategory::error, "limited");
    CHECK(world.flush());
    const EventId transaction = world.push_one(DataCategory::transaction, "t");
    CHECK(world.flush());
    CHECK(world.worker->close(World::soon()));
    const EventId late = world.push_one(DataCategory::error, "late");
    world.worker->close(World::soon());  // whoever closes tells what nobody else will
    const std::lock_guard lock(mutex);
    CHECK(told[good.to_string()] == "error sent");
    CHECK(told[bad.to_string()] == "error dropped send_error");
    CHECK(told[limited.to_string()] == "error dropped rate_limited");
    CHECK(told[transaction.to_string()] == "transaction sent");
    CHECK(told[late.to_string()] == "error dropped queue_overflow");
    CHECK(told.size() == 5);
  }
}

}  // namespace
}  // namespace picket::transport
