#include "transport/worker.hpp"

#include "base/contain.hpp"
#include "transport/named_thread.hpp"
#include "transport/worker_impl.hpp"

#include <algorithm>
#include <utility>

namespace picket::transport {
namespace {

using protocol::DiscardReason;
using std::chrono::milliseconds;

// After its deadline `close` gives an interrupted thread this long to end in an orderly way.
constexpr milliseconds kGrace{10};

// Outcomes that wait for the worker to tell them; further ones are only counted.
constexpr std::size_t kMostEnded = 1024;

// How much of the time that is left belongs to the spool.
constexpr milliseconds kMostForSpool{500};
constexpr int kShareForSpool = 3;

}  // namespace

Worker::Worker(WorkerOptions options, std::unique_ptr<Courier> courier,
               std::shared_ptr<protocol::LossLedger> ledger)
    : impl_(std::make_shared<Impl>(std::move(options), std::move(courier), std::move(ledger))) {
  impl_->start(impl_);
}

Worker::~Worker() {
  if (impl_->is_own_thread()) {
    impl_->leave_behind();
  } else {
    impl_->close(base::deadline_in({}));
  }
}

void Worker::push(std::unique_ptr<Job> job) noexcept {
  if (job) impl_->push(std::move(job));
}

bool Worker::deliver(std::unique_ptr<Job> job, base::Deadline deadline) noexcept {
  return job && impl_->deliver(std::move(job), deadline);
}

int Worker::thread_id() const noexcept { return impl_->thread_id(); }

void Worker::remind(SteadyTime when) noexcept { impl_->remind(when); }

bool Worker::flush(base::Deadline deadline) noexcept { return impl_->flush(deadline); }

bool Worker::flush_to_spool(base::Deadline deadline) noexcept {
  return impl_->flush_to_spool(deadline);
}

bool Worker::purge(base::Deadline deadline) noexcept { return impl_->purge(deadline); }

bool Worker::drain(base::Deadline deadline) noexcept { return impl_->drain(deadline); }

bool Worker::close(base::Deadline deadline) noexcept { return impl_->close(deadline); }

unsigned Worker::backpressure() noexcept { return impl_->backpressure(); }

DeliveryStats Worker::figures() const { return impl_->figures(); }

bool Worker::is_running() const noexcept { return impl_->is_running(); }

bool Worker::is_own_thread() const noexcept { return impl_->is_own_thread(); }

Worker::Impl::Impl(WorkerOptions options, std::unique_ptr<Courier> courier,
                   std::shared_ptr<protocol::LossLedger> ledger)
    : options_(std::move(options)),
      courier_(std::move(courier)),
      ledger_(std::move(ledger)),
      backpressure_(options_.clock),
      breaker_(RetrySchedule(options_.retry_backoff, options_.retry_backoff_max, options_.random)),
      limiter_(options_.clock),
      queue_(options_.max_queue_items, options_.max_queue_bytes),
      has_spool_(options_.open_spool != nullptr) {
  if (options_.chores.empty()) chores_due_ = SteadyTime::max();
}

void Worker::Impl::start(std::shared_ptr<Impl> self) noexcept {
  const bool started = base::contain(false, [&] {
    thread_ = start_named_thread("picket-worker", [self = std::move(self)] { self->run(); });
    return true;
  });
  if (started) return;
  diag::error("picket could not start its worker thread: everything will be dropped");
  const Lock lock(mutex_);
  closing_ = ended_ = true;
}

std::uint64_t Worker::Impl::push(std::unique_ptr<Job> job) noexcept {
  Entry entry;
  entry.quantity = job->quantity();
  entry.companion = job->companion();
  entry.bytes = job->size_bytes();
  entry.priority = job->priority();
  entry.event_id = job->event_id();
  entry.job = std::move(job);
  if (is_forked()) {
    drop(entry);
    return 0;
  }

  std::vector<Entry> leaving;
  std::uint64_t ticket = 0;
  bool wake = false;
  bool in_air = false;
  base::contain([&] {
    const Lock lock(mutex_);
    if (closing_ || (draining_ && entry.priority < protocol::kValuablePriority)) return;
    entry.ticket = ++last_ticket_;
    queue_.push(entry, leaving);
    ticket = last_ticket_;
    wake = std::exchange(sleeping_, false);
    if (wake) roused_ = true;
    in_air = in_air_;
  });
  if (wake && in_air) courier_->wake();
  if (wake && !in_air) wake_.notify_one();
  if (entry.job) drop(entry);  // after close, or without memory
  for (Entry& left : leaving) {
    if (left.ticket == ticket) ticket = 0;
    drop(left);
  }
  return ticket;
}

bool Worker::Impl::has_ended(std::uint64_t ticket) const noexcept {
  return current_ != ticket && !queue_.has(ticket) && !stakes_.has(ticket);
}

bool Worker::Impl::deliver(std::unique_ptr<Job> job, base::Deadline deadline) noexcept {
  if (is_own_thread() || is_forked()) return false;
  const std::uint64_t ticket = push(std::move(job));
  if (ticket == 0) return false;
  Lock lock(mutex_);
  awaited_ = ticket;
  awaited_failed_ = false;
  const bool ended =
      progressed_.wait_until(lock, deadline, [&] { return abandoned_ || has_ended(ticket); });
  const bool failed = std::exchange(awaited_failed_, false);
  awaited_ = JobQueue::kNone;
  return ended && !abandoned_ && !failed;
}

void Worker::Impl::remind(SteadyTime when) noexcept {
  if (is_forked()) return;
  const Lock lock(mutex_);
  if (when >= chores_due_) return;
  chores_due_ = when;
  rouse();
}

bool Worker::Impl::is_settled(std::uint64_t ticket) const noexcept {
  return std::min({current_, queue_.oldest(), stakes_.oldest_ticket()}) > ticket;
}

/// Has the worker do something, and waits until it is done. False when it was not.
bool Worker::Impl::order(std::uint64_t Orders::*kind, base::Deadline deadline,
                         Lock& lock) noexcept {
  if (ended_) return false;
  const std::uint64_t number = ++(asked_.*kind);
  rouse();
  return progressed_.wait_until(lock, deadline, [&] { return ended_ || done_.*kind >= number; }) &&
         done_.*kind >= number;
}

bool Worker::Impl::flush(base::Deadline deadline) noexcept {
  if (is_own_thread() || is_forked()) return false;
  Lock lock(mutex_);
  const std::uint64_t ticket = last_ticket_;
  const bool done = progressed_.wait_until(lock, deadline, [&] {
    return abandoned_ || is_settled(ticket);
  }) && !abandoned_;
  if (done && options_.send_client_reports && ledger_->has_unreported()) {
    order(&Orders::reports, deadline, lock);
  }
  const std::size_t queued = queue_.size();
  lock.unlock();
  diag::debug("flush: {}, {} items queued", done ? "done" : "out of time", queued);
  return done;
}

bool Worker::Impl::flush_to_spool(base::Deadline deadline) noexcept {
  if (is_own_thread() || is_forked()) return false;
  Lock lock(mutex_);
  if (!has_spool_) return false;
  const std::uint64_t ticket = last_ticket_;
  const bool done = order(&Orders::spools, deadline, lock);
  return done && spooled_ticket_ >= ticket && !spool_failed_;
}

bool Worker::Impl::purge(base::Deadline deadline) noexcept {
  if (is_own_thread() || is_forked()) return false;
  Lock lock(mutex_);
  return has_spool_ && order(&Orders::purges, deadline, lock);
}

/// Waits until everything is settled; shortly before the deadline the spool takes what is left.
/// False when that was not enough.
bool Worker::Impl::put_away_in_time(base::Deadline deadline, Lock& lock) noexcept {
  const auto over = [&] { return ended_ || abandoned_ || (!closing_ && is_settled(last_ticket_)); };
  if (has_spool_) {
    const auto left = deadline - base::deadline_in({});
    const auto for_spool =
        std::clamp<std::chrono::steady_clock::duration>(left / kShareForSpool, {}, kMostForSpool);
    put_away_at_ = deadline - for_spool;
    if (progressed_.wait_until(lock, *put_away_at_, over)) return true;
    rouse();
    if (closing_ && has_spool_) {  // nothing is sent any more
      lock.unlock();
      courier_->interrupt();
      lock.lock();
    }
  }
  return progressed_.wait_until(lock, deadline, over);
}

bool Worker::Impl::drain(base::Deadline deadline) noexcept {
  if (is_own_thread() || is_forked()) return false;
  Lock lock(mutex_);
  draining_ = true;
  rouse();
  const bool done = put_away_in_time(deadline, lock) && !abandoned_;
  put_away_at_.reset();
  if (done && options_.send_client_reports && ledger_->has_unreported()) {
    order(&Orders::reports, deadline, lock);
  }
  lock.unlock();
  diag::debug("drain: {}", done ? "done" : "out of time");
  return done;
}

bool Worker::Impl::close(base::Deadline deadline) noexcept {
  if (is_own_thread() || is_forked()) return false;
  Lock lock(mutex_);
  closing_ = true;
  rouse();
  if (!put_away_in_time(deadline, lock)) {
    lock.unlock();
    abandon();
    lock.lock();
    progressed_.wait_until(lock, base::deadline_in(kGrace), [&] { return ended_; });
  }
  const bool done = !abandoned_;
  const bool ended = ended_;
  std::thread thread = std::move(thread_);  // the first of several closers has it
  lock.unlock();
  if (thread.joinable()) {
    if (ended) {
      thread.join();
    } else {
      thread.detach();
    }
    diag::debug("close: {}", done ? "done" : "out of time");
  }
  tell_ended();
  return done;
}

/// As `close`, for a `Worker` whose last owner was one of its own jobs: the thread cannot wait for
/// itself, so it is detached and ends after that job.
void Worker::Impl::leave_behind() noexcept {
  Lock lock(mutex_);
  closing_ = true;
  std::thread thread = std::move(thread_);
  lock.unlock();
  abandon();
  if (thread.joinable()) thread.detach();
}

void Worker::Impl::abandon() noexcept {
  Lock lock(mutex_);
  abandoned_ = true;
  // One at a time, because jobs are destroyed and drops are told without the lock. Nothing can
  // come in any more, and the thread takes nothing out.
  while (auto entry = queue_.pop()) {
    lock.unlock();
    drop(*entry);
    entry.reset();
    lock.lock();
  }
  while (const Stake* stake = stakes_.any()) {
    const FlightId id = stake->id;
    const Fate fate = Fate::late(stake->place);
    lock.unlock();
    settle(id, fate);
    lock.lock();
  }
  rouse();
  progressed_.notify_all();
  lock.unlock();
  courier_->interrupt();
}

unsigned Worker::Impl::backpressure() noexcept {
  return backpressure_.level([this] {
    if (overflowed_.exchange(false) || !is_reachable_.load()) return false;
    const SteadyTime now = options_.clock.steady();
    const Lock lock(mutex_);
    return std::none_of(limits_.begin(), limits_.end(),
                        [&](const RateLimiter::Limit& limit) { return limit.until > now; });
  });
}

DeliveryStats Worker::Impl::figures() const {
  const SteadyTime now = options_.clock.steady();
  const Lock lock(mutex_);
  DeliveryStats figures = figures_;
  figures.is_reachable = is_reachable_.load();
  figures.queue_items = queue_.size();
  figures.queue_bytes = queue_.size_bytes();
  for (const RateLimiter::Limit& limit : limits_) {
    if (limit.until <= now) continue;
    figures.rate_limits[limit.name] = std::chrono::ceil<milliseconds>(limit.until - now);
  }
  return figures;
}

bool Worker::Impl::is_running() const noexcept {
  const Lock lock(mutex_);
  return !ended_;
}

void Worker::Impl::rouse() noexcept {
  sleeping_ = false;
  roused_ = true;
  wake_.notify_all();
  if (in_air_) courier_->wake();
}

void Worker::Impl::drop(Entry& entry) noexcept {
  record(DiscardReason::queue_overflow, entry.quantity);
  if (entry.companion.count > 0) record(DiscardReason::queue_overflow, entry.companion);
  overflowed_.store(true);
  if (options_.on_delivery && !entry.event_id.is_nil()) remember_ended(entry);
  diag::debug("dropped {} {}: queue_overflow", entry.quantity.count,
              protocol::to_text(entry.quantity.category));
}

/// The host's callback does not run on the thread that happened to capture: the worker tells it.
void Worker::Impl::remember_ended(const Entry& entry) noexcept {
  base::contain([&] {
    const Lock lock(mutex_);
    if (ended_jobs_.size() >= kMostEnded) {
      ++figures_.untold;
      return;
    }
    ended_jobs_.push_back({entry.event_id, entry.quantity.category, DiscardReason::queue_overflow});
  });
}

void Worker::Impl::tell_ended() noexcept {
  std::vector<Ended> ended;
  {
    const Lock lock(mutex_);
    ended.swap(ended_jobs_);
  }
  for (const Ended& one : ended) {
    tell(one.id, one.category, DeliveryOutcome::dropped, protocol::to_text(one.reason));
  }
}

void Worker::Impl::tell(const EventId& id, protocol::DataCategory category, DeliveryOutcome outcome,
                        std::string_view reason) noexcept {
  if (!options_.on_delivery || id.is_nil()) return;
  base::contain([&] {
    options_.on_delivery(
        {.id = id, .category = protocol::to_text(category), .outcome = outcome, .reason = reason});
  });
}

void Worker::Impl::record(std::optional<DiscardReason> reason, const protocol::Quantity& quantity) {
  if (reason) {
    ledger_->dropped(*reason, quantity.category, quantity.count);
  } else {
    ledger_->sent(quantity.category, quantity.count);
  }
}

}  // namespace picket::transport
