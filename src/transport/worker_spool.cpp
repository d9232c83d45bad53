#include "base/contain.hpp"
#include "transport/worker_impl.hpp"

#include <algorithm>
#include <utility>

namespace picket::transport {
namespace {

using protocol::DataCategory;
using protocol::DiscardReason;
using protocol::Place;
using protocol::Quantity;
using std::chrono::seconds;

// After the disk has refused it is left alone for a while: the queue holds what comes.
constexpr seconds kStorePause{5};

// When everything in the spool is limited or in work.
constexpr seconds kReplayPause{1};

// How often the worker looks for what processes left behind that ended meanwhile.
constexpr seconds kTakeOverPause{60};

}  // namespace

void Worker::Impl::open_spool() {
  if (!options_.open_spool) return;
  auto spool = options_.open_spool();
  if (spool) {
    spool_ = std::move(*spool);
    return;
  }
  diag::error("picket works without a spool: {}", spool.error().message);
  const Lock lock(mutex_);
  has_spool_ = false;
}

bool Worker::Impl::may_store() const noexcept {
  return spool_ != nullptr && options_.clock.steady() >= no_store_until_;
}

std::optional<Spool::Id> Worker::Impl::write(const Parcel& parcel) {
  if (!may_store()) return std::nullopt;
  std::vector<protocol::Loss> reported;
  {
    const Lock lock(mutex_);
    if (const Stake* const mine = stakes_.find(parcel.id)) reported = mine->reported;
  }
  std::vector<Spool::Lost> lost;
  const auto id = spool_->store(parcel.envelope, parcel.priority, parcel.category, reported, lost);
  count_lost(lost);
  if (id) {
    no_replay_until_ = {};
  } else {
    no_store_until_ = options_.clock.steady() + kStorePause;
  }
  return id;
}

bool Worker::Impl::store(Parcel& parcel) {
  const auto id = write(parcel);
  if (!id) return false;
  // A `close` that has given up meanwhile has counted it as dropped.
  if (!settle(parcel.id, Fate::spooled())) spool_->remove(*id);
  publish_spool();
  return true;
}

/// An envelope that is under way has a copy on disk until its answer comes.
bool Worker::Impl::store_as_well(Parcel& parcel) {
  const auto id = write(parcel);
  if (!id) return false;
  spool_->hold(*id);
  parcel.spool_id = id;
  bool is_mine = false;
  {
    const Lock lock(mutex_);
    is_mine = stakes_.mark_stored(parcel.id, *ledger_);
    progressed_.notify_all();
  }
  if (!is_mine) spool_->remove(*id);
  publish_spool();
  return true;
}

/// For `flush_to_spool`. True when everything that was there is on the disk itself.
bool Worker::Impl::store_everything() {
  if (!spool_) return false;
  wait_with_others();
  std::vector<Parcel> kept;
  bool all = true;
  for (Parcel& parcel : std::exchange(waiting_, {})) {
    if (!parcel.is_report && store(parcel)) continue;
    all = all && parcel.is_report;
    kept.push_back(std::move(parcel));
  }
  waiting_ = std::move(kept);
  for (Parcel& parcel : flights_) {
    if (!parcel.is_report && !parcel.spool_id) all = store_as_well(parcel) && all;
  }
  is_storing_ = true;
  while (all) {
    auto entry = next_job(state_.last_ticket);
    if (!entry) break;
    work(std::move(*entry));
    if (breaker_.is_closed()) ++unpaced_replays_;
    all = may_store();
  }
  is_storing_ = false;
  return spool_->sync() && all;
}

/// The time of a `close` or a `drain` is nearly over: everything goes to the disk.
void Worker::Impl::put_away() {
  if (!flights_.empty()) courier_->cancel();
  wait_with_others();
  for (Parcel& parcel : std::exchange(waiting_, {})) {
    if (parcel.is_report) {
      end(parcel, Fate::drop(DiscardReason::network_error));
    } else if (!store(parcel)) {
      waiting_.push_back(std::move(parcel));
    }
  }
  while (may_store()) {
    auto entry = next_job();
    if (!entry) break;
    work(std::move(*entry));
  }
  spool_->sync();
}

/// A stored envelope could not be sent. While the server is away that says nothing about it; one
/// that fails again and again while others arrive would hold them up for ever.
void Worker::Impl::set_aside(Parcel& parcel, DiscardReason reason) {
  const Spool::Id id = *parcel.spool_id;
  if (!parcel.is_probe && ++strikes_[id] >= options_.max_attempts) {
    return end(parcel, Fate::drop(reason));
  }
  set_aside_.push_back(id);
  end(parcel, Fate::waits_in_spool());
}

/// The server answers: what was set aside has its turn again.
void Worker::Impl::bring_back() noexcept {
  for (const Spool::Id id : std::exchange(set_aside_, {})) spool_->put_back(id);
}

/// Sends one envelope from the spool.
bool Worker::Impl::replay(SteadyTime now) {
  if (!spool_ || now < no_replay_until_) return false;
  const bool is_urgent = !breaker_.is_closed() || unpaced_replays_ > 0;
  if (!is_urgent && (state_.closing || now < next_replay_)) return false;
  std::vector<Spool::Lost> lost;
  const auto may_go = [&](DataCategory category) { return !limiter_.is_limited(category); };
  auto stored = spool_->take(may_go, lost);
  if (!stored && !set_aside_.empty()) {  // all have been tried
    bring_back();
    stored = spool_->take(may_go, lost);
  }
  count_lost(lost);
  if (!stored) {
    no_replay_until_ = now + kReplayPause;
    unpaced_replays_ = 0;
    return false;
  }
  if (unpaced_replays_ > 0) --unpaced_replays_;
  next_replay_ = now + options_.spool_replay_interval;

  Stake stake;
  stake.id = ++last_id_;
  stake.event_id = stored->envelope.header().event_id;
  stake.quantities = countable(stored->envelope.quantities());
  if (!stake.quantities.empty()) stake.category = stake.quantities.front().category;
  stake.reported = std::move(stored->reported);
  stake.place = Place::spooled;
  Parcel parcel;
  parcel.id = stake.id;
  parcel.category = stake.category;
  parcel.prepared_at = now;
  parcel.spool_id = stored->id;
  parcel.envelope = std::move(stored->envelope);
  if (put_at_stake(std::move(stake))) send(std::move(parcel));
  return true;
}

/// Looks at one file that another process has left behind.
bool Worker::Impl::take_over(SteadyTime now) {
  if (!spool_ || state_.closing || now < next_take_over_) return false;
  std::vector<Spool::Lost> lost;
  const auto found = spool_->take_over(lost);
  if (found) {
    for (const Quantity& quantity : countable(found->quantities)) {
      ledger_->recovered(quantity.category, quantity.count);
    }
    diag::debug("spool: {} envelopes of an earlier process, {} damaged places", found->envelopes,
                found->damaged);
    no_replay_until_ = {};
  } else {
    next_take_over_ = now + kTakeOverPause;
  }
  count_lost(lost);
  publish_spool();
  return found.has_value();
}

void Worker::Impl::purge_spool() {
  if (!spool_) return;
  std::vector<Spool::Lost> lost;
  spool_->purge(lost);
  set_aside_.clear();
  strikes_.clear();
  for (Parcel& parcel : flights_) {  // they are among the lost; their answers change nothing
    if (!parcel.spool_id) continue;
    settle(parcel.id, Fate::waits_in_spool());
    parcel.spool_id.reset();
  }
  count_lost(lost);
  publish_spool();
  diag::info("spool: purged, {} envelopes", lost.size());
}

void Worker::Impl::count_lost(std::vector<Spool::Lost>& lost) {
  for (const Spool::Lost& one : lost) {
    const auto quantities = countable(one.quantities);
    for (const Quantity& quantity : quantities) {
      ledger_->dropped(one.reason, quantity.category, quantity.count, Place::spooled);
    }
    ledger_->restore(one.reported);
    if (!quantities.empty()) {
      tell(one.event_id, quantities.front().category, DeliveryOutcome::dropped,
           protocol::to_text(one.reason));
    }
  }
}

void Worker::Impl::publish_spool() {
  const Spool::Figures figures = spool_->figures();
  const Lock lock(mutex_);
  figures_.spool_items = figures.items;
  figures_.spool_bytes = figures.bytes;
  figures_.spool_damaged = figures.damaged;
}

}  // namespace picket::transport
