#include "transport/stakes.hpp"

#include <algorithm>
#include <utility>

namespace picket::transport {
namespace {

using protocol::Place;
using protocol::Quantity;

void book(const Quantity& quantity, Place place, Fate fate, protocol::LossLedger& ledger) noexcept {
  switch (fate.kind) {
    case Fate::Kind::sent:
      return ledger.sent(quantity.category, quantity.count, place);
    case Fate::Kind::dropped:
      return ledger.dropped(fate.reason, quantity.category, quantity.count, place);
    case Fate::Kind::spooled:
      return ledger.spooled(quantity.category, quantity.count);
    case Fate::Kind::waits_in_spool:
      return;
  }
}

}  // namespace

Stake* Stakes::find(Courier::FlightId id) noexcept {
  const auto found = std::find_if(stakes_.begin(), stakes_.end(),
                                  [&](const Stake& stake) { return stake.id == id; });
  return found == stakes_.end() ? nullptr : &*found;
}

std::optional<Stake> Stakes::settle(Courier::FlightId id, Fate fate,
                                    protocol::LossLedger& ledger) noexcept {
  Stake* const found = find(id);
  if (found == nullptr) return std::nullopt;
  Stake stake = std::move(*found);
  stakes_.erase(stakes_.begin() + (found - stakes_.data()));
  for (const Quantity& quantity : stake.quantities) book(quantity, stake.place, fate, ledger);
  if (fate.kind == Fate::Kind::dropped) ledger.restore(stake.reported);
  return stake;
}

bool Stakes::mark_stored(Courier::FlightId id, protocol::LossLedger& ledger) noexcept {
  Stake* const stake = find(id);
  if (stake == nullptr) return false;
  stake->place = Place::spooled;
  for (const Quantity& quantity : stake->quantities) {
    ledger.spooled(quantity.category, quantity.count);
  }
  return true;
}

bool Stakes::has(std::uint64_t ticket) const noexcept {
  return std::any_of(stakes_.begin(), stakes_.end(),
                     [ticket](const Stake& stake) { return stake.ticket == ticket; });
}

std::uint64_t Stakes::oldest_ticket() const noexcept {
  std::uint64_t oldest = Stake::kNoTicket;
  for (const Stake& stake : stakes_) {
    if (stake.place == Place::pending) oldest = std::min(oldest, stake.ticket);
  }
  return oldest;
}

}  // namespace picket::transport
