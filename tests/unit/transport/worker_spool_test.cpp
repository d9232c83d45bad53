// The worker and its spool: what goes to the disk, when it comes back, and that the books hold.

#include "unit/transport/fakes.hpp"

#include <doctest/doctest.h>
#include <atomic>
#include <deque>
#include <map>

namespace picket::transport {
namespace {

using namespace std::chrono_literals;
using protocol::DataCategory;
using protocol::DiscardReason;

/// A spool in memory that outlives its worker.
struct Disk {
  struct Stored {
    protocol::OutgoingEnvelope::Header header{};
    std::string body{};
    std::vector<protocol::Quantity> quantities{};
    std::vector<protocol::Loss> reported{};
    DataCategory category{};
    int priority = 0;
    bool taken = false;
  };

  std::mutex mutex{};
  std::map<Spool::Id, Stored> stored{};
  std::deque<Stored> left_behind{};  // each in a segment of its own
  std::vector<Spool::Lost> lose_next{};
  Spool::Id last = 0;
  int syncs = 0;
  int writes = 0;
  bool refuses = false;

  [[nodiscard]] std::size_t count() {
    const std::lock_guard lock(mutex);
    return stored.size();
  }
  [[nodiscard]] int write_count() {
    const std::lock_guard lock(mutex);
    return writes;
  }
  void set_refuses(bool value) {
    const std::lock_guard lock(mutex);
    refuses = value;
  }
};

class FakeSpool final : public Spool {
 public:
  explicit FakeSpool(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}

  std::optional<Id> store(const protocol::OutgoingEnvelope& envelope, int priority,
                          DataCategory category, const std::vector<protocol::Loss>& reported,
                          std::vector<Lost>& lost) override {
    const std::lock_guard lock(disk_->mutex);
    ++disk_->writes;
    for (Lost& one : std::exchange(disk_->lose_next, {})) lost.push_back(std::move(one));
    if (disk_->refuses) return std::nullopt;
    disk_->stored[++disk_->last] = {envelope.header(),
                                    std::string(envelope.body()),
                                    envelope.quantities(),
                                    reported,
                                    category,
                                    priority,
                                    false};
    return disk_->last;
  }
  bool sync() override {
    const std::lock_guard lock(disk_->mutex);
    ++disk_->syncs;
    return !disk_->refuses;
  }
  std::optional<TakenOver> take_over(std::vector<Lost>&) override {
    const std::lock_guard lock(disk_->mutex);
    if (disk_->left_behind.empty()) return std::nullopt;
    TakenOver found{disk_->left_behind.front().quantities, 1, 0};
    disk_->stored[++disk_->last] = std::move(disk_->left_behind.front());
    disk_->left_behind.pop_front();
    return found;
  }
  std::optional<Parcel> take(const std::function<bool(DataCategory)>& may_go,
                             std::vector<Lost>&) override {
    const std::lock_guard lock(disk_->mutex);
    auto best = disk_->stored.end();
    for (auto it = disk_->stored.begin(); it != disk_->stored.end(); ++it) {
      if (it->second.taken || !may_go(it->second.category)) continue;
      if (best == disk_->stored.end() || it->second.priority > best->second.priority) best = it;
    }
    if (best == disk_->stored.end()) return std::nullopt;
    best->second.taken = true;
    const Disk::Stored& stored = best->second;
    return Parcel{
        best->first,
        protocol::OutgoingEnvelope::restore(stored.header, stored.body, stored.quantities),
        stored.reported};
  }
  void hold(Id id) noexcept override { set_taken(id, true); }
  void put_back(Id id) noexcept override { set_taken(id, false); }
  void remove(Id id) noexcept override {
    const std::lock_guard lock(disk_->mutex);
    disk_->stored.erase(id);
  }
  void purge(std::vector<Lost>& lost) override {
    const std::lock_guard lock(disk_->mutex);
    for (const auto& [id, stored] : disk_->stored) {
      lost.push_back({DiscardReason::cache_overflow, stored.header.event_id, stored.quantities,
                      stored.reported});
    }
    disk_->stored.clear();
  }
  [[nodiscard]] Figures figures() const noexcept override {
    const std::lock_guard lock(disk_->mutex);
    return {disk_->stored.size(), disk_->stored.size() * 100, 0};
  }

 private:
  void set_taken(Id id, bool taken) noexcept {
    const std::lock_guard lock(disk_->mutex);
    const auto found = disk_->stored.find(id);
    if (found != disk_->stored.end()) found->second.taken = taken;
  }

  const std::shared_ptr<Disk> disk_;
};

struct SpoolWorld : World {
  explicit SpoolWorld(FakeTransport::Answer on_send = {}) : World(std::move(on_send)) {
    options.open_spool = [disk = disk]() -> Result<std::unique_ptr<Spool>> {
      return std::unique_ptr<Spool>(std::make_unique<FakeSpool>(disk));
    };
  }
  std::shared_ptr<Disk> disk = std::make_shared<Disk>();

  /// True as soon as `condition` holds.
  static bool eventually(const std::function<bool()>& condition) {
    const auto give_up = soon();
    while (std::chrono::steady_clock::now() < give_up) {
      if (condition()) return true;
      std::this_thread::yield();
    }
    return false;
  }
};

TEST_SUITE("transport/worker_spool") {
  TEST_CASE("what cannot be sent goes to the spool, and a flush is content with that") {
    SpoolWorld world([](std::size_t, const std::string&) { return status(0); });
    world.start();
    for (const char* text : {"a", "b", "c"}) world.push_event(text);
    CHECK(world.flush());
    CHECK(world.errors() == "spooled=3");
    CHECK(world.transport->sent().size() == 1);  // the others did not even try
    CHECK(world.disk->count() == 3);
    CHECK(world.worker->figures().spool_items == 3);
    CHECK(world.worker->close(World::soon()));
    CHECK(world.errors() == "spooled=3");
    CHECK(world.disk->count() == 3);
  }

  TEST_CASE("when the server is back the spool empties, errors first, with pauses") {  // P7.13
    std::atomic<bool> up{false};
    SpoolWorld world([&](std::size_t, const std::string&) { return status(up ? 200 : 0); });
    world.options.spool_replay_interval = 100ms;
    world.start();
    world.push_one(DataCategory::transaction, "t");
    CHECK(world.flush());
    world.push_event("e1");
    world.push_event("e2");
    CHECK(world.flush());
    CHECK(world.fate_of("transaction") == "spooled=1");
    up = true;
    const auto sent = [&](std::size_t count) {
      return SpoolWorld::eventually([&] { return world.transport->sent().size() == count; });
    };
    REQUIRE(world.clock->await_sleep_of(1s));
    world.clock->advance(1s);
    REQUIRE(sent(2));
    REQUIRE(world.clock->await_sleep_of(100ms));
    world.clock->advance(100ms);
    REQUIRE(sent(3));
    REQUIRE(world.clock->await_sleep_of(100ms));
    world.clock->advance(100ms);
    REQUIRE(sent(4));
    REQUIRE(SpoolWorld::eventually([&] { return world.disk->count() == 0; }));
    CHECK(world.worker->close(World::soon()));
    CHECK(world.messages() == "t,e1,e2,t,");
    CHECK(world.errors() == "sent=2");
    CHECK(world.fate_of("transaction") == "sent=1");
  }

  TEST_CASE("a stored envelope differs from its first attempt in the time of sending alone") {
    SpoolWorld world(
        [](std::size_t index, const std::string&) { return status(index == 0 ? 0 : 200); });
    world.start();
    world.ledger->refused(DiscardReason::sample_rate, DataCategory::error, 3);
    world.push_one(DataCategory::error, "a");  // carries the report
    CHECK(world.flush());
    REQUIRE(world.clock->await_sleeper());
    world.clock->advance(1s);
    REQUIRE(SpoolWorld::eventually([&] { return world.disk->count() == 0; }));
    const auto sent = world.transport->sent();
    REQUIRE(sent.size() == 2);
    const auto first = Envelope::parse(sent[0]);
    const auto second = Envelope::parse(sent[1]);
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->items == second->items);
    CHECK(first->items.size() == 2);
    REQUIRE(first->headers.find("event_id") != nullptr);
    REQUIRE(second->headers.find("event_id") != nullptr);
    CHECK(*first->headers.find("event_id") == *second->headers.find("event_id"));
    CHECK_FALSE(world.ledger->has_unreported());
  }

  TEST_CASE("one that always fails does not hold up the others, and is given up in the end") {
    SpoolWorld world([](std::size_t index, const std::string& bytes) {
      return status(index == 0 || bytes.find("poison") != std::string::npos ? 503 : 200);
    });
    world.options.max_attempts = 3;
    world.start();
    world.push_event("poison");
    CHECK(world.flush());
    for (const char* text : {"b", "c", "d"}) world.push_event(text);
    CHECK(world.flush());
    REQUIRE(SpoolWorld::eventually([&] {
      world.clock->advance(1s);
      return world.errors() == "sent=3 send_error=1";
    }));
    CHECK(world.disk->count() == 0);
  }

  TEST_CASE("an outage gives nothing up, however often the server is looked for") {
    std::atomic<bool> up{false};
    SpoolWorld world([&](std::size_t, const std::string&) { return status(up ? 200 : 0); });
    world.options.max_attempts = 2;
    world.start();
    for (const char* text : {"a", "b"}) world.push_event(text);
    CHECK(world.flush());
    REQUIRE(SpoolWorld::eventually([&] {
      world.clock->advance(10s);
      return world.transport->sent().size() > 20;
    }));
    CHECK(world.errors() == "spooled=2");
    up = true;
    REQUIRE(SpoolWorld::eventually([&] {
      world.clock->advance(10s);
      return world.errors() == "sent=2";
    }));
  }

  TEST_CASE("what is limited waits in the spool until it may go") {
    SpoolWorld world([](std::size_t index, const std::string&) {
      return index == 0 ? status(503, "60:error:key") : status(200);
    });
    world.start();
    world.push_event("a");
    CHECK(world.flush());
    CHECK(world.errors() == "spooled=1");
    for (int i = 0; i < 59; ++i) {
      REQUIRE(world.clock->await_sleeper());
      world.clock->advance(1s);
    }
    REQUIRE(world.clock->await_sleeper());
    CHECK(world.transport->sent().size() == 1);
    world.clock->advance(2s);
    REQUIRE(SpoolWorld::eventually([&] { return world.disk->count() == 0; }));
    CHECK(world.worker->close(World::soon()));
    CHECK(world.errors() == "sent=1");
  }

  TEST_CASE("flush_to_spool is the durable point of all that was pushed before") {
    SpoolWorld world;
    const auto courier = world.start_flying(2);
    world.push_event("flying");
    REQUIRE(courier->await_flying(1));
    for (const char* text : {"b", "c"}) world.push_event(text);
    CHECK(world.worker->flush_to_spool(World::soon()));
    CHECK(world.disk->count() >= 2);  // a second one may have taken off, with its copy on disk
    CHECK(world.disk->syncs == 1);
    CHECK(world.errors() == "spooled=3");
    CHECK(world.disk->count() == 3);
    courier->answer("flying", status(200));
    const auto give_up = World::soon();
    while (world.errors() != "sent=3" && std::chrono::steady_clock::now() < give_up) {
      const std::lock_guard lock(courier->mutex);
      for (const auto& [flight, bytes] : courier->flying) {
        courier->arrived.push_back({flight, status(200)});
      }
      courier->flying.clear();
      courier->changed.notify_all();
    }
    CHECK(world.errors() == "sent=3");  // without the pauses of a replay
    CHECK(world.disk->count() == 0);
    CHECK(courier->sent_count() == 3);
  }

  TEST_CASE("flush_to_spool says no without a spool, and when the disk refuses") {
    World without;
    without.start();
    CHECK_FALSE(without.worker->flush_to_spool(World::soon()));

    SpoolWorld broken;
    broken.options.open_spool = []() -> Result<std::unique_ptr<Spool>> {
      return Error{Errc::unavailable, "no such place"};
    };
    broken.start();
    CHECK_FALSE(broken.worker->flush_to_spool(World::soon()));
    broken.push_event("a");
    CHECK(broken.flush());
    CHECK(broken.errors() == "sent=1");

    SpoolWorld full;
    const auto courier = full.start_flying(1);
    full.disk->set_refuses(true);
    full.push_event("flying");
    REQUIRE(courier->await_flying(1));
    full.push_event("b");
    CHECK_FALSE(full.worker->flush_to_spool(World::soon()));
    CHECK(full.errors() == "pending=2");
    courier->answer("flying", status(200));
    REQUIRE(courier->await_flying(1));
    courier->answer("b", status(200));
    CHECK(full.flush());
    CHECK(full.errors() == "sent=2");
  }

  TEST_CASE("a disk that refuses is left alone for a while; the queue holds what comes") {
    SpoolWorld world([](std::size_t, const std::string&) { return status(0); });
    world.disk->set_refuses(true);
    world.options.retry_backoff = world.options.retry_backoff_max = 1h;
    world.start();
    for (int i = 0; i < 10; ++i) world.push_event("x");
    REQUIRE(world.clock->await_sleep_of(5s));
    CHECK(world.disk->write_count() == 1);
    CHECK(world.errors() == "pending=10");
    world.disk->set_refuses(false);
    world.clock->advance(5s);
    CHECK(world.worker->close(World::soon()));
    CHECK(world.errors() == "spooled=10");
  }

  TEST_CASE("a close that runs out of time puts everything away") {
    SpoolWorld world;
    const auto courier = world.start_flying(2);
    for (int i = 0; i < 20; ++i) world.push_event("x");
    REQUIRE(courier->await_flying(1));
    const auto begin = std::chrono::steady_clock::now();
    CHECK(world.worker->close(base::deadline_in(300ms)));
    CHECK(std::chrono::steady_clock::now() - begin < 5s);
    CHECK(world.errors() == "spooled=20");
    CHECK(world.disk->count() == 20);
    CHECK(world.disk->syncs >= 1);
  }

  TEST_CASE("a drain that runs out of time puts everything away and leaves the client usable") {
    SpoolWorld world;
    const auto courier = world.start_flying(1);
    for (int i = 0; i < 5; ++i) world.push_event("x");
    REQUIRE(courier->await_flying(1));
    CHECK(world.worker->drain(base::deadline_in(300ms)));
    CHECK(world.errors() == "spooled=5");
    world.push_event("later");
    const auto give_up = World::soon();
    while (world.errors() != "sent=6" && std::chrono::steady_clock::now() < give_up) {
      world.clock->advance(1s);
      const std::lock_guard lock(courier->mutex);
      for (const auto& [flight, bytes] : courier->flying) {
        courier->arrived.push_back({flight, status(200)});
      }
      courier->flying.clear();
      courier->changed.notify_all();
    }
    CHECK(world.errors() == "sent=6");
  }

  TEST_CASE("what an earlier process left behind is counted as recovered") {
    SpoolWorld world([](std::size_t, const std::string&) { return status(200); });
    for (int i = 0; i < 2; ++i) {
      const auto envelope = event_envelope("old");
      world.disk->left_behind.push_back({envelope.header(),
                                         std::string(envelope.body()),
                                         envelope.quantities(),
                                         {},
                                         DataCategory::error,
                                         5,
                                         false});
    }
    world.options.spool_replay_interval = 0ms;
    world.start();
    REQUIRE(SpoolWorld::eventually([&] {
      world.clock->advance(100ms);
      return world.errors() == "sent=2";
    }));
    CHECK(world.ledger->stats().errors().recovered == 2);
    CHECK(world.ledger->stats().errors().captured == 2);
  }

  TEST_CASE("what the spool gives up is counted and told") {
    SpoolWorld world([](std::size_t, const std::string&) { return status(0); });
    std::atomic<int> spooled{0};
    std::atomic<int> dropped{0};
    world.options.on_delivery = [&](const Delivery& delivery) {
      if (delivery.outcome == DeliveryOutcome::spooled) ++spooled;
      if (delivery.reason == "cache_overflow") ++dropped;
    };
    world.start();
    const EventId first = world.push_one(DataCategory::error, "a");
    CHECK(world.flush());
    CHECK(world.errors() == "spooled=1");
    {
      const std::lock_guard lock(world.disk->mutex);
      world.disk->lose_next.push_back(
          {DiscardReason::cache_overflow, first, {{DataCategory::error, 1}}, {}});
      world.disk->stored.clear();
    }
    world.push_one(DataCategory::error, "b");
    CHECK(world.flush());
    CHECK(world.errors() == "spooled=1 cache_overflow=1");
    CHECK(world.ledger->has_unreported());
    CHECK(spooled == 2);
    CHECK(dropped == 1);
  }

  TEST_CASE("a purge forgets what is stored, also what is under way with a copy") {
    SpoolWorld world;
    const auto courier = world.start_flying(1);
    for (const char* text : {"flying", "b"}) world.push_event(text);
    REQUIRE(courier->await_flying(1));
    CHECK(world.worker->flush_to_spool(World::soon()));
    CHECK(world.errors() == "spooled=2");
    CHECK(world.worker->purge(World::soon()));
    CHECK(world.errors() == "cache_overflow=2");
    CHECK(world.disk->count() == 0);
    courier->answer("flying", status(200));
    world.push_event("c");
    REQUIRE(courier->await_flying(1));
    courier->answer("\"c\"", status(200));
    CHECK(world.flush());
    CHECK(world.errors() == "sent=1 cache_overflow=2");
  }

  TEST_CASE("a server that hangs at the end does not keep what was stored from being found") {
    SpoolWorld world;
    const auto courier = world.start_flying(1);
    world.push_event("flying");
    REQUIRE(courier->await_flying(1));
    CHECK(world.worker->flush_to_spool(World::soon()));
    CHECK(world.worker->close(base::deadline_in(100ms)));
    CHECK(world.errors() == "spooled=1");
    CHECK(world.disk->count() == 1);
  }
}

}  // namespace
}  // namespace picket::transport
