#pragma once

// Jobs and a transport whose every step a test decides, and a `World` that puts them around a
// worker.

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

using Prepare = std::function<std::optional<protocol::OutgoingEnvelope>()>;

class FakeJob final : public Job {
 public:
  FakeJob(protocol::Quantity quantity, Prepare prepare, protocol::Quantity companion = {})
      : quantity_(quantity), companion_(companion), prepare_(std::move(prepare)) {}
  [[nodiscard]] protocol::Quantity quantity() const noexcept override { return quantity_; }
  [[nodiscard]] protocol::Quantity companion() const noexcept override { return companion_; }
  [[nodiscard]] std::size_t size_bytes() const noexcept override { return 100; }
  std::optional<protocol::OutgoingEnvelope> prepare() override { return prepare_(); }

 private:
  protocol::Quantity quantity_;
  protocol::Quantity companion_;
  Prepare prepare_;
};

/// An envelope with one event whose payload says `text`.
inline protocol::OutgoingEnvelope event_envelope(const std::string& text) {
  protocol::OutgoingEnvelope envelope({.event_id = {}, .dsn = "", .trace = ""});
  envelope.add_item("event", "{\"message\":\"" + text + "\"}",
                    {{protocol::DataCategory::error, 1}});
  return envelope;
}

inline TransportResponse status(int code, std::string limits = {}, std::string retry_after = {}) {
  return {code, {}, std::move(limits), std::move(retry_after)};
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
