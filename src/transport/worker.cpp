#include "transport/worker.hpp"

#include "base/contain.hpp"
#include "transport/named_thread.hpp"
#include "transport/worker_impl.hpp"

#include <algorithm>
#include <utility>

namespace picket::transport {
namespace {

using protocol::DiscardReason;

// After its deadline `close` gives an interrupted thread this long to end in an orderly way.
constexpr std::chrono::milliseconds kGrace{10};

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

bool Worker::flush(base::Deadline deadline) noexcept { return impl_->flush(deadline); }

bool Worker::close(base::Deadline deadline) noexcept { return impl_->close(deadline); }

bool Worker::is_running() const noexcept { return impl_->is_running(); }

bool Worker::is_own_thread() const noexcept { return impl_->is_own_thread(); }

Worker::Impl::Impl(WorkerOptions options, std::unique_ptr<Courier> courier,
                   std::shared_ptr<protocol::LossLedger> ledger)
    : options_(std::move(options)),
      courier_(std::move(courier)),
      ledger_(std::move(ledger)),
      schedule_(options_.max_attempts, options_.retry_backoff, options_.retry_backoff_max,
                options_.random),
      limiter_(options_.clock),
      queue_(options_.max_queue_items, options_.max_queue_bytes) {}

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

void Worker::Impl::push(std::unique_ptr<Job> job) noexcept {
  Entry entry;
  entry.quantity = job->quantity();
  entry.companion = job->companion();
  entry.bytes = job->size_bytes();
  entry.job = std::move(job);
  if (is_forked()) return drop(entry);

  std::vector<Entry> leaving;
  bool wake = false;
  base::contain([&] {
    const Lock lock(mutex_);
    if (closing_) return;
    entry.ticket = ++last_ticket_;
    queue_.push(entry, leaving);
    wake = std::exchange(sleeping_, false);
  });
  if (wake) wake_.notify_one();
  if (entry.job) drop(entry);  // after close, or without memory
  for (Entry& left : leaving) drop(left);
}

bool Worker::Impl::flush(base::Deadline deadline) noexcept {
  if (is_own_thread() || is_forked()) return false;
  Lock lock(mutex_);
  const std::uint64_t ticket = last_ticket_;
  const bool done = progressed_.wait_until(lock, deadline, [&] {
    return abandoned_ || std::min(current_, queue_.oldest()) > ticket;
  }) && !abandoned_;
  if (done && !ended_ && options_.send_client_reports && ledger_->has_unreported()) {
    const std::uint64_t report = ++reports_asked_;
    rouse();
    progressed_.wait_until(lock, deadline, [&] { return ended_ || reports_done_ >= report; });
  }
  lock.unlock();
  diag::debug("flush: {}", done ? "done" : "out of time");
  return done;
}

bool Worker::Impl::close(base::Deadline deadline) noexcept {
  if (is_own_thread() || is_forked()) return false;
  Lock lock(mutex_);
  closing_ = true;
  rouse();
  const auto over = [&] { return ended_ || abandoned_; };
  if (!progressed_.wait_until(lock, deadline, over)) {
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
  lock.unlock();
  settle(DiscardReason::queue_overflow);
  lock.lock();
  wake_.notify_all();
  progressed_.notify_all();
  lock.unlock();
  courier_->interrupt();
}

bool Worker::Impl::is_running() const noexcept {
  const Lock lock(mutex_);
  return !ended_;
}

void Worker::Impl::rouse() noexcept {
  sleeping_ = false;
  wake_.notify_all();
}

void Worker::Impl::drop(Entry& entry) noexcept {
  record(DiscardReason::queue_overflow, entry.quantity);
  if (entry.companion.count > 0) record(DiscardReason::queue_overflow, entry.companion);
  diag::debug("dropped {} {}: queue_overflow", entry.quantity.count,
              protocol::to_text(entry.quantity.category));
}

}  // namespace picket::transport
