#pragma once

// Jobs and a transport whose every step a test decides, and a `World` that puts them around a
// worker.

#include "base/ids.hpp"
#include "picket/envelope.hpp"
#include "protocol/loss_ledger.hpp"
#include "support/test_clock.hpp"
#include "transport/worker.hpp"

#include <doctest/doctest.h>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket::transport {

/// A door that one thread waits at until another opens it.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    waiting_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return open_; });
  }
  /// Waits until somebody waits.
  [[nodiscard]] bool await_waiter() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return waiting_; });
  }
  [[nodiscard]] bool is_open() {
    const std::lock_guard lock(mutex_);
    return open_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  bool waiting_ = false;
};

/// Answers each send as `on_send` says, and keeps what was sent.
class FakeTransport final : public Transport {
 public:
  using Answer = std::function<TransportResponse(std::size_t index, const std::string& envelope)>;

  explicit FakeTransport(Answer on_send) : on_send_(std::move(on_send)) {}

  TransportResponse send(std::string_view envelope) override {
    std::size_t index = 0;
    {
      const std::lock_guard lock(mutex_);
      index = sent_.size();
      sent_.emplace_back(envelope);
    }
    return on_send_(index, std::string(envelope));
  }
  void interrupt() noexcept override { interrupted.open(); }

  [[nodiscard]] std::vector<std::string> sent() const {
    const std::lock_guard lock(mutex_);
    return sent_;
  }

  Gate interrupted;  // a send that hangs waits here

 private:
  Answer on_send_;
  mutable std::mutex mutex_;
  std::vector<std::string> sent_;
};

/// A courier whose envelopes are under way until the test brings their answers.
class FakeCourier final : public Courier {
 public:
  struct Shared {
    std::mutex mutex{};
    std::condition_variable changed{};
    std::vector<std::pair<FlightId, std::string>> flying{};
    std::vector<std::string> sent{};
    std::vector<Arrival> arrived{};
    bool woken = false;
    bool interrupted = false;

    [[nodiscard]] bool await_flying(std::size_t count) {
      std::unique_lock lock(mutex);
      return changed.wait_for(lock, std::chrono::seconds(10),
                              [&] { return flying.size() == count; });
    }
    /// Answers the envelope that holds `text`.
    void answer(const std::string& text, TransportResponse response) {
      const std::lock_guard lock(mutex);
      for (auto it = flying.begin(); it != flying.end(); ++it) {
        if (it->second.find(text) == std::string::npos) continue;
        arrived.push_back({it->first, std::move(response)});
        flying.erase(it);
        changed.notify_all();
        return;
      }
      FAIL("nothing is under way with " << text);
    }
    void end_all() {  // with the lock held
      for (const auto& [flight, bytes] : flying) arrived.push_back({flight, {.error = "ended"}});
      flying.clear();
      changed.notify_all();
    }
    [[nodiscard]] std::size_t sent_count() {
      const std::lock_guard lock(mutex);
      return sent.size();
    }
  };

  FakeCourier(std::size_t capacity, std::shared_ptr<Shared> shared)
      : capacity_(capacity), shared_(std::move(shared)) {}

  [[nodiscard]] std::size_t capacity() const noexcept override { return capacity_; }
  void send(FlightId flight, std::string envelope) noexcept override {
    const std::lock_guard lock(shared_->mutex);
    shared_->sent.push_back(envelope);
    shared_->flying.emplace_back(flight, std::move(envelope));
    if (shared_->interrupted) shared_->end_all();
    shared_->changed.notify_all();
  }
  void wait(base::Deadline until, std::vector<Arrival>& arrivals) noexcept override {
    std::unique_lock lock(shared_->mutex);
    shared_->changed.wait_until(lock, until,
                                [&] { return shared_->woken || !shared_->arrived.empty(); });
    shared_->woken = false;
    for (Arrival& arrival : shared_->arrived) arrivals.push_back(std::move(arrival));
    shared_->arrived.clear();
  }
  void cancel() noexcept override {
    const std::lock_guard lock(shared_->mutex);
    shared_->end_all();
  }
  void wake() noexcept override {
    const std::lock_guard lock(shared_->mutex);
    shared_->woken = true;
    shared_->changed.notify_all();
  }
  void interrupt() noexcept override {
    const std::lock_guard lock(shared_->mutex);
    shared_->interrupted = true;
    shared_->woken = true;
    shared_->end_all();
  }

 private:
  const std::size_t capacity_;
  const std::shared_ptr<Shared> shared_;
};

using Prepare = std::function<std::optional<protocol::OutgoingEnvelope>()>;

class FakeJob final : public Job {
 public:
  FakeJob(protocol::Quantity quantity, Prepare prepare, protocol::Quantity companion = {},
          EventId id = {})
      : quantity_(quantity), companion_(companion), prepare_(std::move(prepare)), id_(id) {}
  [[nodiscard]] protocol::Quantity quantity() const noexcept override { return quantity_; }
  [[nodiscard]] protocol::Quantity companion() const noexcept override { return companion_; }
  [[nodiscard]] std::size_t size_bytes() const noexcept override { return 100; }
  [[nodiscard]] EventId event_id() const noexcept override { return id_; }
  std::optional<protocol::OutgoingEnvelope> prepare() override { return prepare_(); }

 private:
  protocol::Quantity quantity_;
  protocol::Quantity companion_;
  Prepare prepare_;
  EventId id_;
};

/// An envelope with one event whose payload says `text`.
inline protocol::OutgoingEnvelope event_envelope(const std::string& text) {
  protocol::OutgoingEnvelope envelope({.event_id = {}, .dsn = "", .trace = ""});
  envelope.add_item("event", "{\"message\":\"" + text + "\"}",
                    {{protocol::DataCategory::error, 1}});
  return envelope;
}

/// The same with an id and another type of item.
inline protocol::OutgoingEnvelope envelope_of(const EventId& id, const char* type,
                                              protocol::DataCategory category,
                                              const std::string& text) {
  protocol::OutgoingEnvelope envelope({.event_id = id, .dsn = "", .trace = ""});
  envelope.add_item(type, "{\"message\":\"" + text + "\"}", {{category, 1}});
  return envelope;
}

inline TransportResponse status(int code, std::string limits = {}, std::string retry_after = {}) {
  return {.status = code,
          .error = {},
          .rate_limits = std::move(limits),
          .retry_after = std::move(retry_after)};
}

/// A worker with its surroundings. Time stands still, and jitter takes the whole wait.
struct World {
  explicit World(FakeTransport::Answer on_send = {}) {
    if (!on_send) on_send = [](std::size_t, const std::string&) { return status(200); };
    transport = std::make_shared<FakeTransport>(std::move(on_send));
    options.clock = Clock(clock);
    options.random = [] { return 1.0; };
  }

  std::shared_ptr<test::TestClock> clock = std::make_shared<test::TestClock>();
  std::shared_ptr<protocol::LossLedger> ledger = std::make_shared<protocol::LossLedger>();
  std::shared_ptr<FakeTransport> transport;
  WorkerOptions options{};
  std::optional<Worker> worker;

  /// With envelopes that are under way until the test answers them.
  std::shared_ptr<FakeCourier::Shared> start_flying(std::size_t capacity) {
    auto shared = std::make_shared<FakeCourier::Shared>();
    worker.emplace(options, std::make_unique<FakeCourier>(capacity, shared), ledger);
    return shared;
  }
  Worker& start() { return worker.emplace(options, make_blocking_courier(transport), ledger); }

  void push(protocol::Quantity quantity, Prepare prepare) {
    ledger->captured(quantity.category, quantity.count);
    worker->push(std::make_unique<FakeJob>(quantity, std::move(prepare)));
  }
  /// A transaction with so many spans.
  void push_transaction(std::uint64_t spans, Prepare prepare) {
    const protocol::Quantity companion{protocol::DataCategory::span, spans};
    ledger->captured(protocol::DataCategory::transaction);
    ledger->captured(companion.category, companion.count);
    worker->push(std::make_unique<FakeJob>(
        protocol::Quantity{protocol::DataCategory::transaction, 1}, std::move(prepare), companion));
  }
  /// An event, a transaction, … with an id of its own.
  EventId push_one(protocol::DataCategory category, const std::string& text) {
    const EventId id = base::new_event_id();
    const char* type = category == protocol::DataCategory::error ? "event" : "transaction";
    ledger->captured(category);
    worker->push(std::make_unique<FakeJob>(
        protocol::Quantity{category, 1}, [=] { return envelope_of(id, type, category, text); },
        protocol::Quantity{}, id));
    return id;
  }
  void push_event(std::string text) {
    push({protocol::DataCategory::error, 1},
         [text = std::move(text)] { return event_envelope(text); });
  }

  [[nodiscard]] static base::Deadline soon() { return base::deadline_in(std::chrono::seconds(20)); }
  bool flush() { return worker->flush(soon()); }

  /// `sent=1 pending=2 queue_overflow=3` of one category; zeros are left out.
  [[nodiscard]] std::string fate_of(const char* category) const {
    const CategoryStats stats = ledger->stats().of(category);
    std::string text;
    const auto add = [&](const std::string& name, std::uint64_t count) {
      if (count == 0) return;
      text += (text.empty() ? "" : " ") + name + "=" + std::to_string(count);
    };
    add("sent", stats.sent);
    add("spooled", stats.spooled);
    add("pending", stats.pending);
    for (const auto& [reason, count] : stats.dropped) add(reason, count);
    CHECK(stats.captured == stats.sent + stats.spooled + stats.pending + stats.dropped_total());
    return text;
  }
  [[nodiscard]] std::string errors() const { return fate_of("error"); }

  /// The messages of the events that were sent, in order, each with a comma.
  [[nodiscard]] std::string messages() const {
    std::string all;
    for (const std::string& bytes : transport->sent()) {
      const auto envelope = Envelope::parse(bytes);
      REQUIRE(envelope);
      const EnvelopeItem* event = envelope->find("event");
      if (event == nullptr) event = envelope->find("transaction");
      constexpr std::string_view kBefore = "{\"message\":\"";
      if (event != nullptr) {
        all += event->payload.substr(kBefore.size(),
                                     event->payload.find('"', kBefore.size()) - kBefore.size());
      }
      all += ',';
    }
    return all;
  }
};

}  // namespace picket::transport
