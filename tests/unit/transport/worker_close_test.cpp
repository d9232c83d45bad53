#include "unit/transport/fakes.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <thread>

namespace picket::transport {
namespace {

using namespace std::chrono_literals;
using protocol::DataCategory;
using protocol::DiscardReason;
using protocol::OutgoingEnvelope;

// What a call may take beyond its deadline on a machine that is busy with other tests.
constexpr auto kNoise = 2s;

/// Runs `call` and checks that it keeps `timeout`.
template <class Call>
auto in_time(std::chrono::milliseconds timeout, Call&& call) {
  const auto begin = std::chrono::steady_clock::now();
  const auto result = call(base::deadline_in(timeout));
  CHECK(std::chrono::steady_clock::now() - begin < timeout + kNoise);
  return result;
}

TEST_SUITE("transport/worker_close") {
  TEST_CASE("a close delivers what waits, reports, refuses what follows, and may be repeated") {
    World world;
    Worker& worker = world.start();
    world.push_event("a");
    world.push_event("b");
    world.ledger->refused(DiscardReason::sample_rate, DataCategory::error);
    CHECK(worker.close(World::soon()));
    CHECK(world.errors() == "sent=2 sample_rate=1");
    CHECK_FALSE(world.ledger->has_unreported());
    world.push_event("c");
    CHECK(worker.close(World::soon()));  // C162
    CHECK(worker.flush(World::soon()));
    CHECK(world.errors() == "sent=2 queue_overflow=1 sample_rate=1");
  }

  TEST_CASE("a close ends the wait for a retry with one last attempt") {
    World world([](std::size_t, const std::string&) { return status(0); });
    Worker& worker = world.start();
    world.push_event("a");
    world.push_event("b");
    REQUIRE(world.clock->await_sleeper());
    CHECK(worker.close(World::soon()));
    CHECK(world.messages() == "a,a,b,");  // and no report to a server that does not answer
    CHECK(world.errors() == "network_error=2");
    CHECK(world.ledger->has_unreported());
  }

  TEST_CASE("a transport that hangs until it is interrupted does not hold up a close") {  // C028
    FakeTransport* hanging = nullptr;
    World world([&](std::size_t, const std::string&) {
      hanging->interrupted.wait();
      return status(0);
    });
    hanging = world.transport.get();
    world.options.max_queue_items = 10;
    Worker& worker = world.start();
    world.push_event("in work");
    REQUIRE(hanging->interrupted.await_waiter());
    for (int i = 0; i < 20; ++i) world.push_event("waits");
    CHECK_FALSE(in_time(1ms, [&](base::Deadline d) { return worker.flush(d); }));
    CHECK_FALSE(in_time(50ms, [&](base::Deadline d) { return worker.close(d); }));
    CHECK(world.errors() == "queue_overflow=21");
    CHECK(hanging->interrupted.is_open());
    CHECK_FALSE(worker.close(World::soon()));
    CHECK(world.transport->sent().size() == 1);
  }

  TEST_CASE("an answer that comes after the close is not counted again") {
    auto gate = std::make_shared<Gate>();
    auto returned = std::make_shared<Gate>();
    std::weak_ptr<FakeTransport> transport;
    std::shared_ptr<protocol::LossLedger> ledger;
    {
      World world([gate](std::size_t, const std::string&) {
        gate->wait();  // whatever interrupt says
        return status(200);
      });
      transport = world.transport;
      ledger = world.ledger;
      Worker& worker = world.start();
      world.ledger->refused(DiscardReason::sample_rate, DataCategory::error);
      world.push_event("a");
      REQUIRE(gate->await_waiter());
      CHECK_FALSE(in_time(20ms, [&](base::Deadline d) { return worker.close(d); }));
      CHECK(world.errors() == "queue_overflow=1 sample_rate=1");
    }
    // The thread left behind holds all it needs, and lets go of it when it ends.
    CHECK_FALSE(transport.expired());
    gate->open();
    const auto patience = base::deadline_in(10s);
    while (!transport.expired() && std::chrono::steady_clock::now() < patience) {
      std::this_thread::yield();
    }
    CHECK(transport.expired());
    const CategoryStats stats = ledger->stats().errors();
    CHECK(stats.sent == 0);
    CHECK(stats.pending == 0);
    CHECK(stats.dropped_total() == 2);
    CHECK(ledger->take_unreported().size() == 2);  // what the report carried is back
  }

  TEST_CASE("a hook that hangs does not hold up a close, and its job is settled when it returns") {
    struct Row {
      const char* name;
      bool keeps;
      std::string errors;
    };
    for (const Row& row : {Row{"yields an envelope", true, "queue_overflow=2"},
                           Row{"drops its event", false, "before_send=1 queue_overflow=1"}}) {
      CAPTURE(row.name);
      const auto gate = std::make_shared<Gate>();
      World world;
      const auto ledger = world.ledger;
      const std::weak_ptr<FakeTransport> transport = world.transport;
      Worker& worker = world.start();
      const bool keeps = row.keeps;
      world.push({DataCategory::error, 1},
                 [gate, ledger, keeps]() -> std::optional<OutgoingEnvelope> {
                   gate->wait();
                   if (keeps) return event_envelope("late");
                   ledger->dropped(DiscardReason::before_send, DataCategory::error);
                   return std::nullopt;
                 });
      world.push_event("never prepared");
      REQUIRE(gate->await_waiter());
      CHECK_FALSE(in_time(50ms, [&](base::Deadline d) { return worker.close(d); }));
      CHECK(world.errors() == "pending=1 queue_overflow=1");
      gate->open();
      const auto patience = base::deadline_in(10s);
      while (ledger->stats().errors().pending > 0 && std::chrono::steady_clock::now() < patience) {
        std::this_thread::yield();
      }
      CHECK(world.errors() == row.errors);
      CHECK(world.transport->sent().empty());
    }
  }

  TEST_CASE("two threads may close at once") {
    World world;
    Worker& worker = world.start();
    for (int i = 0; i < 50; ++i) world.push_event("x");
    bool other = false;
    std::thread second([&] { other = worker.close(World::soon()); });
    CHECK(worker.close(World::soon()));
    second.join();
    CHECK(other);
    CHECK(world.errors() == "sent=50");
  }

  TEST_CASE("a worker may be destroyed by one of its own jobs") {
    const auto transport = std::make_shared<FakeTransport>(
        [](std::size_t, const std::string&) { return status(200); });
    const std::weak_ptr<FakeTransport> watched = transport;
    const auto ledger = std::make_shared<protocol::LossLedger>();
    const auto done = std::make_shared<Gate>();
    auto holder = std::make_shared<std::unique_ptr<Worker>>();
    *holder = std::make_unique<Worker>(WorkerOptions{}, make_blocking_courier(transport), ledger);
    Worker& worker = **holder;
    ledger->captured(DataCategory::error);
    worker.push(std::make_unique<FakeJob>(protocol::Quantity{DataCategory::error, 1},
                                          [holder, done]() -> std::optional<OutgoingEnvelope> {
                                            holder->reset();
                                            done->open();
                                            return event_envelope("a");
                                          }));
    done->wait();
    const auto patience = base::deadline_in(10s);
    while (ledger->stats().errors().pending > 0 && std::chrono::steady_clock::now() < patience) {
      std::this_thread::yield();
    }
    CHECK(ledger->stats().errors().dropped_total() == 1);
  }

  TEST_CASE("in the child of a fork every call returns at once") {  // P7.20
    World world;
    Worker& worker = world.start();
    world.push_event("parent");
    CHECK(world.flush());
    const pid_t child = fork();
    if (child == 0) {
      alarm(20);  // a call that hangs kills the child
      world.push_event("child");
      const bool flushed = worker.flush(World::soon());
      const bool closed = worker.close(World::soon());
      world.worker.reset();
      const bool dropped = world.ledger->stats().errors().dropped_total() == 1;
      _exit(!flushed && !closed && dropped ? 0 : 1);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    world.push_event("parent again");
    CHECK(world.flush());
    CHECK(world.errors() == "sent=2");
  }
}

}  // namespace
}  // namespace picket::transport
