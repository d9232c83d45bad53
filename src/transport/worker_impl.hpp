#pragma once

// What the threads of a `Worker` share. `worker.cpp` is the side of the host's threads, with their
// deadlines; `worker_loop.cpp` the side of the worker thread, with the way of a job.
//
// The fate of an envelope in work is settled once, under the lock, by whoever comes first: the
// thread with the server's answer, or a `close` that has run out of time. Until its `prepare` has
// returned a job settles itself; it stays pending, however long that takes.

#include "base/deadline.hpp"
#include "base/fork.hpp"
#include "transport/job_queue.hpp"
#include "transport/rate_limiter.hpp"
#include "transport/retry_schedule.hpp"
#include "transport/worker.hpp"

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace picket::transport {

class Worker::Impl {
 public:
  Impl(WorkerOptions options, std::unique_ptr<Courier> courier,
       std::shared_ptr<protocol::LossLedger> ledger);

  // worker.cpp: any thread
  void start(std::shared_ptr<Impl> self) noexcept;
  void push(std::unique_ptr<Job> job) noexcept;
  bool flush(base::Deadline deadline) noexcept;
  bool close(base::Deadline deadline) noexcept;
  void leave_behind() noexcept;
  [[nodiscard]] bool is_running() const noexcept;
  [[nodiscard]] bool is_own_thread() const noexcept;

  /// True in the child of a fork: the thread and whoever held the lock do not exist there.
  [[nodiscard]] bool is_forked() const noexcept {
    return base::fork_generation() != fork_generation_;
  }

 private:
  using Lock = std::unique_lock<std::mutex>;
  using Entry = JobQueue::Entry;

  /// What is at stake while an envelope is in work.
  struct Flight {
    std::vector<protocol::Quantity> quantities{};
    std::vector<protocol::Loss> reported{};  // what its client report carries
  };

  // worker.cpp
  void rouse() noexcept;    // with the lock held
  void abandon() noexcept;  // without
  void drop(Entry& entry) noexcept;
  void record(std::optional<protocol::DiscardReason> reason, const protocol::Quantity& quantity);

  // worker_loop.cpp: the worker thread
  void run() noexcept;
  void work(Lock& lock, Entry entry) noexcept;
  void process(Entry& entry) noexcept;
  bool take_off(const protocol::OutgoingEnvelope& envelope);
  void deliver(protocol::OutgoingEnvelope& envelope);
  bool drop_limited(protocol::OutgoingEnvelope& envelope);
  void attach_report(protocol::OutgoingEnvelope& envelope);
  void send_report_alone() noexcept;
  TransportResponse attempt(const protocol::OutgoingEnvelope& envelope, int number);
  bool wait_for_retry(int attempts) noexcept;
  bool is_closing() const noexcept;
  bool has_report() const noexcept;

  /// Ends the envelope in work: sent without a reason, else dropped. Does nothing when a `close`
  /// has done so already.
  void settle(std::optional<protocol::DiscardReason> reason) noexcept;

  const WorkerOptions options_;
  const std::unique_ptr<Courier> courier_;
  const std::shared_ptr<protocol::LossLedger> ledger_;  // its lock is the only one taken under ours
  const RetrySchedule schedule_;
  const std::uint32_t fork_generation_ = base::fork_generation();
  RateLimiter limiter_;  // the worker thread's alone

  mutable std::mutex mutex_;
  std::condition_variable wake_;        // the worker waits here
  std::condition_variable progressed_;  // flush and close wait here
  JobQueue queue_;
  std::optional<Flight> flight_;
  std::uint64_t last_ticket_ = 0;
  std::uint64_t current_ = JobQueue::kNone;  // ticket of the job in work
  std::uint64_t reports_asked_ = 0;
  std::uint64_t reports_done_ = 0;
  bool sleeping_ = false;   // set by the worker, cleared by who wakes it: a burst wakes it once
  bool closing_ = false;    // no more jobs, no more waits
  bool abandoned_ = false;  // the deadline of `close` has passed: everything is settled
  bool ended_ = false;      // the thread touches nothing any more
  std::thread thread_;
};

}  // namespace picket::transport
