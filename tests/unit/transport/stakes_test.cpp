#include "transport/stakes.hpp"

#include <doctest/doctest.h>

namespace picket::transport {
namespace {

using protocol::DataCategory;
using protocol::DiscardReason;
using protocol::LossLedger;
using protocol::Place;

Stake stake_of(Courier::FlightId id, std::uint64_t ticket) {
  Stake stake;
  stake.id = id;
  stake.ticket = ticket;
  stake.quantities = {{DataCategory::error, 1}, {DataCategory::attachment, 70}};
  stake.reported = {{DiscardReason::sample_rate, DataCategory::error, 4}};
  return stake;
}

/// A ledger in which two such stakes are pending.
struct Fixture {
  Fixture() {
    ledger.captured(DataCategory::error, 2);
    ledger.captured(DataCategory::attachment, 140);
    stakes.add(stake_of(1, 10));
    stakes.add(stake_of(2, 11));
  }
  [[nodiscard]] CategoryStats errors() const { return ledger.stats().errors(); }
  LossLedger ledger;
  Stakes stakes;
};

TEST_SUITE("transport/stakes") {
  TEST_CASE("a stake is settled once") {
    Fixture f;
    REQUIRE(f.stakes.settle(1, Fate::sent(), f.ledger));
    CHECK(f.errors() == CategoryStats{.captured = 2, .sent = 1, .pending = 1});
    CHECK(f.ledger.stats().of("attachment").sent == 70);
    CHECK_FALSE(f.stakes.settle(1, Fate::drop(DiscardReason::network_error), f.ledger));
    CHECK(f.errors() == CategoryStats{.captured = 2, .sent = 1, .pending = 1});
    CHECK(f.stakes.find(1) == nullptr);
    CHECK(f.stakes.find(2) != nullptr);
  }

  TEST_CASE("what a dropped envelope reported is reported again, what a sent one did is not") {
    Fixture f;
    REQUIRE(f.stakes.settle(1, Fate::sent(), f.ledger));
    CHECK_FALSE(f.ledger.has_unreported());
    REQUIRE(f.stakes.settle(2, Fate::drop(DiscardReason::rate_limited), f.ledger));
    const auto losses = f.ledger.take_unreported();
    REQUIRE(losses.size() == 1);
    CHECK(losses[0] == protocol::Loss{DiscardReason::sample_rate, DataCategory::error, 4});
  }

  TEST_CASE("what lies on disk as well is no longer waited for, and leaves from there") {
    Fixture f;
    CHECK(f.stakes.oldest_ticket() == 10);
    CHECK(f.stakes.mark_stored(1, f.ledger));
    CHECK(f.stakes.oldest_ticket() == 11);
    CHECK(f.errors() == CategoryStats{.captured = 2, .spooled = 1, .pending = 1});
    REQUIRE(f.stakes.settle(1, Fate::sent(), f.ledger));
    CHECK(f.errors() == CategoryStats{.captured = 2, .sent = 1, .pending = 1});
    CHECK_FALSE(f.stakes.mark_stored(1, f.ledger));
    REQUIRE(f.stakes.settle(2, Fate::spooled(), f.ledger));
    CHECK(f.stakes.oldest_ticket() == Stake::kNoTicket);
    CHECK(f.errors() == CategoryStats{.captured = 2, .sent = 1, .spooled = 1});
    CHECK(f.stakes.any() == nullptr);
  }

  TEST_CASE("too late, what is on disk stays there and the rest is dropped") {
    Fixture f;
    CHECK(f.stakes.mark_stored(1, f.ledger));
    while (const Stake* stake = f.stakes.any()) {
      REQUIRE(f.stakes.settle(stake->id, Fate::late(stake->place), f.ledger));
    }
    CHECK(f.errors() ==
          CategoryStats{.captured = 2, .spooled = 1, .dropped = {{"queue_overflow", 1}}});
  }
}

}  // namespace
}  // namespace picket::transport
