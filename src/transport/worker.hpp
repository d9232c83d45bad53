#pragma once

// The worker: a bounded queue of jobs and the one thread that turns them into envelopes and
// delivers them. Host threads push and return; everything slow happens here. It belongs to one
// client, knows nothing of events, and learns what to do from the jobs it is given.
//
//   push → queue → job.prepare() → rate limits → courier → answer → ledger
//                                      ↕ while the server is out of reach
//                                    spool
//
// A failed send opens a circuit breaker: everything else waits, in the queue with its bound or in
// the spool, while one envelope at a time looks whether the server is back.

#include "base/deadline.hpp"
#include "picket/clock.hpp"
#include "picket/delivery.hpp"
#include "protocol/loss_ledger.hpp"
#include "protocol/outgoing_envelope.hpp"
#include "transport/courier.hpp"
#include "transport/spool.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace picket::transport {

/// Something captured that waits for the worker.
class Job {
 public:
  Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  virtual ~Job() = default;

  /// What the ledger counts as pending for this job while it is queued.
  [[nodiscard]] virtual protocol::Quantity quantity() const noexcept = 0;

  /// What comes and goes with it, such as the spans of a transaction; a count of 0: nothing.
  [[nodiscard]] virtual protocol::Quantity companion() const noexcept { return {}; }

  /// An estimate of the memory that the job holds.
  [[nodiscard]] virtual std::size_t size_bytes() const noexcept = 0;

  /// What it is worth; `protocol::kFatalPriority` beats every category.
  [[nodiscard]] virtual int priority() const noexcept {
    return protocol::priority_of(quantity().category);
  }

  /// Whose delivery is told; nil: nobody's.
  [[nodiscard]] virtual EventId event_id() const noexcept { return {}; }

  /// Builds the envelope; nothing when the job ended here, its loss being recorded by itself. What
  /// it throws costs this job alone and counts as `internal_sdk_error`. A job that hangs in here
  /// when `close` gives up stays pending until it returns, because it may record its own end.
  /// Threads: the worker.
  virtual std::optional<protocol::OutgoingEnvelope> prepare() = 0;
};

/// What the client does on the worker's thread at times of its own, beside its jobs: a batch that
/// has waited long enough, figures to be told. It is asked when the thread starts, at the time it
/// named, and after `Worker::remind`; never once a `close` has begun. What it throws ends it: it is
/// not asked again before the next `remind`. Threads: the worker.
struct ChoreResult {
  SteadyTime next = SteadyTime::max();  // when it wants to be asked again
  std::unique_ptr<Job> job{};           // to be queued, as `Worker::push` does
};
using Chore = std::function<ChoreResult(SteadyTime now, const DeliveryStats& delivery)>;

struct WorkerOptions {
  std::size_t max_queue_items = 256;
  std::size_t max_queue_bytes = 8U << 20U;
  int max_attempts = 5;
  std::chrono::milliseconds max_retry_age = std::chrono::hours(1);
  std::chrono::milliseconds retry_backoff{1000};
  std::chrono::milliseconds retry_backoff_max{60'000};
  bool send_client_reports = true;
  std::string dsn{};  // for the header of envelopes that carry a client report alone

  /// Opens the spool, on the worker's thread; empty: there is none.
  std::function<Result<std::unique_ptr<Spool>>()> open_spool{};
  std::chrono::milliseconds spool_replay_interval{100};

  /// The next envelope is made while an answer is on its way, so that it can leave as soon as that
  /// has come. Off where jobs run code of the host: what is slow there would hold up the answers.
  bool look_ahead = false;

  std::vector<Chore> chores{};

  OnDelivery on_delivery{};
  Clock clock{};
  std::function<double()> random{};  // jitter; empty: the built-in generator
  std::shared_ptr<void> owner{};     // kept alive as long as a job may run
};

/// Threads: any, but the calls that wait not from a job.
class Worker {
 public:
  Worker(WorkerOptions options, std::unique_ptr<Courier> courier,
         std::shared_ptr<protocol::LossLedger> ledger);
  ~Worker();  // as `close` with a deadline that has passed
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Queues a job whose quantity the ledger has already as pending. When the queue is full the
  /// least valuable job leaves, the new one included, as `queue_overflow`; after `close` the new
  /// one does, and after `drain` one of little value.
  /// Errors: never throws; without memory the job is dropped and counted.
  void push(std::unique_ptr<Job> job) noexcept;

  /// Queues a job as `push` does and waits until it, and it alone, has come to an end: true when it
  /// was sent, stored, or dropped for a reason of its own. False at the deadline, when the network,
  /// want of room or of memory was the reason, after `close`, in a job, and in the child of a fork.
  bool deliver(std::unique_ptr<Job> job, base::Deadline deadline) noexcept;

  /// The kernel's number of the worker's thread; 0 until it runs. Threads: any, signal handler.
  [[nodiscard]] int thread_id() const noexcept;

  /// Has all chores asked at `when`, or earlier. Wakes the worker, so it is nothing for every item.
  void remind(SteadyTime when) noexcept;

  /// Waits until everything pushed before the call has been sent, dropped or put into the spool,
  /// then sends the client report that nothing has carried. False at the deadline, in a job, and in
  /// the child of a fork.
  bool flush(base::Deadline deadline) noexcept;

  /// Waits until everything pushed before the call has been sent or dropped, or lies in the spool
  /// and on the disk itself. False at the deadline, when something could not be stored, and without
  /// a spool.
  bool flush_to_spool(base::Deadline deadline) noexcept;

  /// Removes what the spool holds; counted as `cache_overflow`. False at the deadline.
  bool purge(base::Deadline deadline) noexcept;

  /// Takes nothing of little value any more, sends the rest by value, and puts into the spool what
  /// cannot be sent in time. True when nothing is pending.
  bool drain(base::Deadline deadline) noexcept;

  /// Takes no more jobs, flushes without further waits between attempts, sends a last client
  /// report, ends the thread. What cannot be sent in time goes to the spool; without one, and at
  /// the deadline, it is dropped as `queue_overflow`; a thread that hangs in the host's code or on
  /// the network is left behind and ends when it can. Idempotent; false when anything was dropped
  /// for want of time.
  bool close(base::Deadline deadline) noexcept;

  /// By how much transaction sampling is to be reduced now, see `Backpressure`.
  [[nodiscard]] unsigned backpressure() noexcept;

  [[nodiscard]] DeliveryStats figures() const;

  /// False when the system had no thread for it: everything pushed is dropped.
  [[nodiscard]] bool is_running() const noexcept;

  /// True on the worker's own thread, where hooks run.
  [[nodiscard]] bool is_own_thread() const noexcept;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // shared with the thread, which may outlive this object
};

}  // namespace picket::transport
