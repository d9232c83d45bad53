#pragma once

// What is at stake while envelopes are in the worker's hands: from the moment that one is made
// until it has come to its end, whoever ends it. An entry that is gone was settled; so nothing is
// ever counted twice. Locking is the worker's.

#include "picket/event_id.hpp"
#include "protocol/loss_ledger.hpp"
#include "transport/courier.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace picket::transport {

/// One envelope's.
struct Stake {
  static constexpr std::uint64_t kNoTicket = std::numeric_limits<std::uint64_t>::max();

  Courier::FlightId id = 0;
  std::uint64_t ticket = kNoTicket;  // of its job
  EventId event_id{};
  protocol::DataCategory category{};
  std::vector<protocol::Quantity> quantities{};
  std::vector<protocol::Loss> reported{};  // what its client report carries
  protocol::Place place = protocol::Place::pending;
};

/// What becomes of it.
struct Fate {
  enum class Kind { sent, dropped, spooled, waits_in_spool } kind{};
  protocol::DiscardReason reason{};

  static Fate sent() { return {Kind::sent, {}}; }
  static Fate drop(protocol::DiscardReason reason) { return {Kind::dropped, reason}; }
  static Fate spooled() { return {Kind::spooled, {}}; }
  static Fate waits_in_spool() { return {Kind::waits_in_spool, {}}; }

  /// When the deadline of a `close` has passed.
  static Fate late(protocol::Place place) {
    return place == protocol::Place::spooled ? waits_in_spool()
                                             : drop(protocol::DiscardReason::queue_overflow);
  }
};

class Stakes {
 public:
  void add(Stake stake) { stakes_.push_back(std::move(stake)); }

  /// Null: it has been settled.
  [[nodiscard]] Stake* find(Courier::FlightId id) noexcept;

  /// Takes one out and enters its fate into `ledger`; nothing when it has been settled before.
  std::optional<Stake> settle(Courier::FlightId id, Fate fate,
                              protocol::LossLedger& ledger) noexcept;

  /// An envelope that stays under way lies on disk as well. False when it has been settled.
  bool mark_stored(Courier::FlightId id, protocol::LossLedger& ledger) noexcept;

  /// The lowest ticket that is neither settled nor on disk.
  [[nodiscard]] std::uint64_t oldest_ticket() const noexcept;

  /// Whether the envelope of this job is at stake, on disk or not.
  [[nodiscard]] bool has(std::uint64_t ticket) const noexcept;

  /// Any of them; null when all are settled.
  [[nodiscard]] const Stake* any() const noexcept {
    return stakes_.empty() ? nullptr : &stakes_.back();
  }

 private:
  std::vector<Stake> stakes_;  // few: what is under way or waits for another attempt
};

}  // namespace picket::transport
