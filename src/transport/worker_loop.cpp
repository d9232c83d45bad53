#include "base/contain.hpp"
#include "transport/worker_impl.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace picket::transport {
namespace {

using protocol::DiscardReason;
using std::chrono::milliseconds;

constexpr SteadyTime kNever = SteadyTime::max();

// An answer that takes longer than this is worth a second request beside the first.
constexpr milliseconds kSlowAnswer{15};

// A chore that wants to be asked again at once does not keep the thread busy.
constexpr milliseconds kShortestChore{1};

// How soon a clock that a test moves by hand is noticed while requests are under way.
constexpr milliseconds kManualClockPoll{5};

// So many failures in a row, and a `close` gives up what is left.
constexpr int kMostClosingFailures = 3;

// Which worker's thread this is; a plain address, never followed.
thread_local const void* own_worker = nullptr;

base::Deadline real_now() noexcept { return base::deadline_in({}); }

}  // namespace

bool Worker::Impl::is_own_thread() const noexcept { return own_worker == this; }

void Worker::Impl::run() noexcept {
  own_worker = this;
  thread_id_.store(static_cast<int>(syscall(SYS_gettid)));
  base::contain([&] { open_spool(); });
  for (read_state(); !state_.abandoned; read_state()) {
    // A turn that throws has lost at most the envelope it worked on: the next goes on.
    const bool busy = base::contain(true, [&] { return receive() || turn(); });
    if (busy) continue;
    if (is_over()) break;
    wait();
  }
  spool_.reset();
  tell_ended();
  const Lock lock(mutex_);
  ended_ = true;
  progressed_.notify_all();
}

void Worker::Impl::read_state() noexcept {
  bool has_ended = false;
  {
    const Lock lock(mutex_);
    state_.orders = asked_;
    state_.closing = closing_;
    state_.draining = draining_;
    state_.abandoned = abandoned_;
    state_.putting_away = spool_ != nullptr && put_away_at_ && real_now() >= *put_away_at_;
    state_.queued = queue_.size();
    state_.last_ticket = last_ticket_;
    state_.chores_due = chores_due_;
    has_ended = !ended_jobs_.empty();
  }
  if (has_ended) tell_ended();
}

bool Worker::Impl::turn() {
  if (obey() || tend()) return true;
  if (state_.putting_away) {
    put_away();
    return false;
  }
  return launch();
}

/// Asks the chores when one of them is due. They run without the lock; a reminder that comes
/// meanwhile is not lost.
bool Worker::Impl::tend() {
  if (state_.closing || state_.chores_due == kNever) return false;
  const SteadyTime now = options_.clock.steady();
  if (now < state_.chores_due) return false;
  {
    const Lock lock(mutex_);
    chores_due_ = kNever;
  }
  DeliveryStats delivery = figures();
  delivery.backpressure = backpressure();
  SteadyTime next = kNever;
  for (const Chore& chore : options_.chores) {
    base::contain([&] {
      ChoreResult result = chore(now, delivery);
      next = std::min(next, std::max(result.next, now + kShortestChore));
      if (result.job) push(std::move(result.job));
    });
  }
  const Lock lock(mutex_);
  chores_due_ = std::min(chores_due_, next);
  return true;
}

/// What host threads wait for. True when something was done.
bool Worker::Impl::obey() {
  const Orders before = done_;  // nobody else changes it
  if (before == state_.orders) return false;
  bool report = false;
  if (done_.purges < state_.orders.purges) purge_spool();
  const bool store = done_.spools < state_.orders.spools;
  const bool stored = store && store_everything();
  if (done_.reports < state_.orders.reports && !is_report_under_way()) {
    const bool later = breaker_.is_closed() && flights_.size() >= courier_->capacity();
    report = !later && !launch_report();
  }
  const Lock lock(mutex_);
  done_.purges = state_.orders.purges;
  if (store) {
    spooled_ticket_ = state_.last_ticket;
    spool_failed_ = !stored;
    done_.spools = state_.orders.spools;
  }
  if (report) done_.reports = state_.orders.reports;  // else when its answer comes
  const bool obeyed = before.purges != done_.purges || before.spools != done_.spools ||
                      before.reports != done_.reports;
  if (obeyed) progressed_.notify_all();
  return obeyed;
}

bool Worker::Impl::is_report_under_way() const noexcept {
  return std::any_of(flights_.begin(), flights_.end(), [&](const Parcel& parcel) {
    return parcel.is_report && parcel.report_order >= state_.orders.reports;
  });
}

/// Whether a request may leave now.
bool Worker::Impl::may_send(SteadyTime now) const noexcept {
  if (state_.putting_away || is_storing_ || flights_.size() >= courier_->capacity()) return false;
  if (!breaker_.is_closed()) {
    if (!flights_.empty()) return false;
    return state_.closing ? closing_failures_ < kMostClosingFailures : now >= breaker_.probe_at();
  }
  return flights_.empty() || real_now() >= flights_.back().sent_at + kSlowAnswer;
}

bool Worker::Impl::launch() {
  const SteadyTime now = options_.clock.steady();
  if (may_send(now)) {
    if (launch_waiting()) return true;
    const bool probing = !breaker_.is_closed();
    if (probing && replay(now)) return true;
    if (launch_ahead() || launch_job()) return true;
    if (!probing && replay(now)) return true;
  } else if (breaker_.is_closed()) {
    if (look_ahead()) return true;
  } else {
    if (may_store()) {
      if (ahead_ && store(*ahead_)) {
        ahead_.reset();
        return true;
      }
      if (auto entry = next_job()) return work(std::move(*entry));
    }
    if (state_.closing && flights_.empty() && give_up_all()) return true;
  }
  if (take_over(now)) return true;
  if (!state_.closing || farewell_ || state_.queued > 0 || !is_idle()) return false;
  farewell_ = true;
  return breaker_.is_closed() && launch_report();
}

/// An envelope that was offered before, the most valuable first.
bool Worker::Impl::launch_waiting() {
  const auto is_limited = [&](const Parcel& parcel) {
    return limited_for(parcel) > std::chrono::nanoseconds::zero();
  };
  auto best = waiting_.end();
  for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
    if (is_limited(*it) && !state_.closing) continue;
    if (best == waiting_.end() || it->priority > best->priority) best = it;
  }
  if (best == waiting_.end()) return false;
  Parcel parcel = std::move(*best);
  waiting_.erase(best);
  if (is_too_old(parcel)) {
    end(parcel, Fate::drop(DiscardReason::network_error));
  } else if (is_limited(parcel)) {  // nobody will be here when the limit ends
    if (!store(parcel)) end(parcel, Fate::drop(DiscardReason::ratelimit_backoff));
  } else {
    send(std::move(parcel));
  }
  return true;
}

/// What has been made ahead. An answer that came since may have brought limits.
bool Worker::Impl::launch_ahead() {
  if (!ahead_) return false;
  Parcel parcel = *std::exchange(ahead_, std::nullopt);
  const FlightId id = parcel.id;
  const bool went = base::contain(false, [&] {
    if (drop_limited(parcel)) route(std::move(parcel));
    return true;
  });
  if (!went) settle(id, Fate::drop(DiscardReason::internal_sdk_error));
  return true;
}

/// Makes the envelope that goes next, one at most: see `route`.
bool Worker::Impl::look_ahead() {
  if (!may_look_ahead()) return false;
  auto entry = next_job();
  return entry && work(std::move(*entry));
}

bool Worker::Impl::may_look_ahead() const noexcept {
  return options_.look_ahead && !ahead_ && !flights_.empty() && breaker_.is_closed() &&
         !is_storing_ && !state_.putting_away;
}

/// What was made ahead is no different any more from what waits for another attempt.
void Worker::Impl::wait_with_others() {
  if (ahead_) waiting_.push_back(*std::exchange(ahead_, std::nullopt));
}

bool Worker::Impl::launch_job() {
  auto entry = next_job();
  return entry && work(std::move(*entry));
}

std::optional<Worker::Impl::Entry> Worker::Impl::next_job(std::uint64_t last_ticket) {
  const Lock lock(mutex_);
  if (abandoned_) return std::nullopt;
  // By value: while the server is looked for, in a drain, and for what has waited for it.
  std::optional<Entry> entry;
  if (last_ticket != JobQueue::kNone) {
    entry = queue_.pop_most_valuable(last_ticket);
    if (entry) current_ = entry->ticket;
    return entry;
  }
  if (draining_ || closing_ || !breaker_.is_closed()) {
    entry = queue_.pop_most_valuable();
  } else if (backlog_ticket_ > 0) {
    entry = queue_.pop_most_valuable(backlog_ticket_);
    if (!entry) backlog_ticket_ = 0;
  }
  if (!entry) entry = queue_.pop();
  if (entry) current_ = entry->ticket;
  return entry;
}

/// From a job to an envelope that is under way, in the spool, or at its end.
bool Worker::Impl::work(Entry entry) {
  auto envelope = prepare(entry);
  base::contain([&] {
    if (envelope) dispatch(entry, std::move(*envelope));
  });
  base::contain([&] { entry.job.reset(); });
  const Lock lock(mutex_);
  current_ = JobQueue::kNone;
  progressed_.notify_all();
  return true;
}

/// While closing: the server does not answer, and there is no spool for what is left.
bool Worker::Impl::give_up_all() {
  wait_with_others();
  bool any = !waiting_.empty();
  for (Parcel& parcel : std::exchange(waiting_, {})) {
    end(parcel, Fate::drop(DiscardReason::network_error));
  }
  while (auto entry = next_job()) {
    any = true;
    record(DiscardReason::network_error, entry->quantity);
    if (entry->companion.count > 0) record(DiscardReason::network_error, entry->companion);
    tell(entry->event_id, entry->quantity.category, DeliveryOutcome::dropped, "network_error");
    base::contain([&] { entry->job.reset(); });
    const Lock lock(mutex_);
    current_ = JobQueue::kNone;
    progressed_.notify_all();
  }
  return any;
}

bool Worker::Impl::is_idle() const noexcept {
  return flights_.empty() && waiting_.empty() && !ahead_;
}

bool Worker::Impl::is_over() noexcept {
  if (!state_.closing || !is_idle()) return false;
  if (state_.putting_away) farewell_ = true;  // no time for it
  const Lock lock(mutex_);
  return farewell_ && queue_.size() == 0 && asked_.purges == done_.purges &&
         asked_.spools == done_.spools && asked_.reports == done_.reports;
}

/// When there will be something to do although nobody says so.
SteadyTime Worker::Impl::next_due() const noexcept {
  SteadyTime due = kNever;
  if (state_.putting_away) return due;
  const SteadyTime now = options_.clock.steady();
  const auto at = [&](SteadyTime time) { due = std::min(due, time); };
  if (!state_.closing) at(state_.chores_due);
  if (spool_ && !state_.closing) at(next_take_over_);
  if (!flights_.empty()) return due;  // what waits is looked at when they arrive
  const bool is_open = !breaker_.is_closed();
  const SteadyTime not_before = is_open ? breaker_.probe_at() : SteadyTime::min();
  for (const Parcel& parcel : waiting_) {
    const auto limited = std::chrono::duration_cast<SteadyTime::duration>(limited_for(parcel));
    at(std::max(not_before, now + limited));
  }
  if (ahead_) at(not_before);
  if (is_open && state_.queued > 0) {
    at(not_before);
    if (no_store_until_ > now) at(no_store_until_);
  }
  if (spool_ && spool_->figures().items > 0 && !state_.closing) {
    at(std::max({not_before, next_replay_, no_replay_until_}));
  }
  return due;
}

void Worker::Impl::wait() noexcept {
  const SteadyTime until = next_due();
  if (!flights_.empty()) return wait_for_answers(until);
  // While the server is away a job changes nothing, but for the first, which has to be waited for.
  const bool wants_jobs = breaker_.is_closed() || may_store() || state_.queued == 0;
  base::contain([&] {
    Lock lock(mutex_);
    sleeping_ = wants_jobs;
    // Something has come in since this turn began.
    if (wants_jobs && last_ticket_ != state_.last_ticket) roused_ = true;
    while (!roused_ && !abandoned_ && options_.clock.steady() < until) {
      if (until == kNever) {
        wake_.wait(lock);
      } else {
        options_.clock.wait_until(lock, wake_, until);
      }
    }
    sleeping_ = false;
    roused_ = false;
  });
}

void Worker::Impl::wait_for_answers(SteadyTime until) noexcept {
  const auto now = real_now();
  constexpr std::chrono::steady_clock::duration kLongest = std::chrono::hours(1);
  auto deadline = now + kLongest;
  if (until != kNever) deadline = std::min(deadline, now + (until - options_.clock.steady()));
  if (!options_.clock.is_system()) deadline = std::min(deadline, now + kManualClockPoll);
  const bool has_room = breaker_.is_closed() && flights_.size() < courier_->capacity();
  {
    const Lock lock(mutex_);
    if (std::exchange(roused_, false) || abandoned_) return;
    const auto slow_at = flights_.back().sent_at + kSlowAnswer;
    if (has_room && slow_at > now && (queue_.size() > 0 || !waiting_.empty() || ahead_)) {
      deadline = std::min(deadline, slow_at);
    }
    // A job that cannot leave anyway wakes nobody; one that may is looked at when the answers
    // turn out slow.
    sleeping_ = has_room && queue_.size() == 0;
    in_air_ = true;
  }
  courier_->wait(deadline, arrivals_);
  const Lock lock(mutex_);
  in_air_ = false;
  sleeping_ = false;
  roused_ = false;
}

}  // namespace picket::transport
