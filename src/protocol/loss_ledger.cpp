#include "protocol/loss_ledger.hpp"

namespace picket::protocol {
namespace {

constexpr std::size_t index_of(DataCategory category) noexcept {
  return static_cast<std::size_t>(category);
}
constexpr std::size_t index_of(DiscardReason reason) noexcept {
  return static_cast<std::size_t>(reason);
}

constexpr std::size_t index_of(Place place) noexcept { return static_cast<std::size_t>(place); }

// The server has counted what it refused with a 429 itself.
constexpr bool is_reported(DiscardReason reason) noexcept {
  return reason != DiscardReason::rate_limited;
}

}  // namespace

void LossLedger::captured(DataCategory category, std::uint64_t count) noexcept {
  const std::lock_guard lock(mutex_);
  Account& account = accounts_[index_of(category)];
  account.captured += count;
  account.at[index_of(Place::pending)] += count;
}

void LossLedger::captured(const Quantity& item, const Quantity& companion) noexcept {
  const std::lock_guard lock(mutex_);
  for (const Quantity* const quantity : {&item, &companion}) {
    Account& account = accounts_[index_of(quantity->category)];
    account.captured += quantity->count;
    account.at[index_of(Place::pending)] += quantity->count;
  }
}

void LossLedger::spooled(DataCategory category, std::uint64_t count) noexcept {
  const std::lock_guard lock(mutex_);
  Account& account = accounts_[index_of(category)];
  leave(account, Place::pending, count);
  account.at[index_of(Place::spooled)] += count;
}

void LossLedger::recovered(DataCategory category, std::uint64_t count) noexcept {
  const std::lock_guard lock(mutex_);
  Account& account = accounts_[index_of(category)];
  account.captured += count;
  account.recovered += count;
  account.at[index_of(Place::spooled)] += count;
}

void LossLedger::sent(DataCategory category, std::uint64_t count, Place from) noexcept {
  const std::lock_guard lock(mutex_);
  Account& account = accounts_[index_of(category)];
  leave(account, from, count);
  account.sent += count;
}

void LossLedger::dropped(DiscardReason reason, DataCategory category, std::uint64_t count,
                         Place from) noexcept {
  const std::lock_guard lock(mutex_);
  Account& account = accounts_[index_of(category)];
  leave(account, from, count);
  lose(account, reason, count);
}

void LossLedger::refused(DiscardReason reason, DataCategory category,
                         std::uint64_t count) noexcept {
  const std::lock_guard lock(mutex_);
  Account& account = accounts_[index_of(category)];
  account.captured += count;
  lose(account, reason, count);
}

void LossLedger::refused(DiscardReason reason, const Quantity& item,
                         const Quantity& companion) noexcept {
  const std::lock_guard lock(mutex_);
  for (const Quantity& each : {item, companion}) {
    Account& account = accounts_[index_of(each.category)];
    account.captured += each.count;
    lose(account, reason, each.count);
  }
}

std::vector<Loss> LossLedger::take_unreported() {
  const std::lock_guard lock(mutex_);
  std::vector<Loss> losses = unreported();  // may throw, so nothing is reset before it is done
  for (Account& account : accounts_) account.unreported.fill(0);
  has_unreported_ = false;
  return losses;
}

void LossLedger::restore(const std::vector<Loss>& losses) noexcept {
  const std::lock_guard lock(mutex_);
  for (const Loss& loss : losses) {
    accounts_[index_of(loss.category)].unreported[index_of(loss.reason)] += loss.count;
    has_unreported_ = has_unreported_ || loss.count > 0;
  }
}

bool LossLedger::has_unreported() const noexcept {
  const std::lock_guard lock(mutex_);
  return has_unreported_;
}

Stats LossLedger::stats() const {
  const auto accounts = copy();  // the maps are built without the lock
  Stats stats;
  for (std::size_t c = 0; c < kDataCategoryCount; ++c) {
    const Account& account = accounts[c];
    if (account.captured == 0) continue;
    CategoryStats& row = stats.categories[std::string(to_text(static_cast<DataCategory>(c)))];
    row.captured = account.captured;
    row.recovered = account.recovered;
    row.sent = account.sent;
    row.spooled = account.at[index_of(Place::spooled)];
    row.pending = account.at[index_of(Place::pending)];
    for (std::size_t r = 0; r < kDiscardReasonCount; ++r) {
      if (account.dropped[r] == 0) continue;
      row.dropped[std::string(to_text(static_cast<DiscardReason>(r)))] = account.dropped[r];
    }
  }
  return stats;
}

void LossLedger::leave(Account& account, Place place, std::uint64_t count) noexcept {
  std::uint64_t& there = account.at[index_of(place)];
  // What ends was captured, even if nobody said so: the promise holds rather than wraps around.
  if (count > there) {
    account.captured += count - there;
    there = 0;
  } else {
    there -= count;
  }
}

void LossLedger::lose(Account& account, DiscardReason reason, std::uint64_t count) noexcept {
  account.dropped[index_of(reason)] += count;
  if (!is_reported(reason) || count == 0) return;
  account.unreported[index_of(reason)] += count;
  has_unreported_ = true;
}

std::vector<Loss> LossLedger::unreported() const {
  std::vector<Loss> losses;
  for (std::size_t c = 0; c < kDataCategoryCount; ++c) {
    for (std::size_t r = 0; r < kDiscardReasonCount; ++r) {
      const std::uint64_t count = accounts_[c].unreported[r];
      if (count == 0) continue;
      losses.push_back({static_cast<DiscardReason>(r), static_cast<DataCategory>(c), count});
    }
  }
  return losses;
}

LossLedger::Accounts LossLedger::copy() const noexcept {
  const std::lock_guard lock(mutex_);
  return accounts_;
}

}  // namespace picket::protocol
