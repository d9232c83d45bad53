#pragma once

// What the threads of a `Worker` share, and what its own thread keeps for itself.
//
//   worker.cpp           the host's threads, with their deadlines
//   worker_loop.cpp      the worker thread: what to do next, and for how long to sleep
//   worker_delivery.cpp  the way of one envelope: job, limits, request, answer
//   worker_spool.cpp     what goes to the disk and comes back
//
// An envelope is a `Parcel` on the worker's thread; what is at stake with it is a `Stake` that all
// threads can see. Its fate is settled once, under the lock, by whoever comes first: the worker
// with the server's answer, or a `close` that has run out of time. Until its `prepare` has returned
// a job settles itself; it stays pending, however long that takes.

#include "base/deadline.hpp"
#include "base/fork.hpp"
#include "transport/backpressure.hpp"
#include "transport/breaker.hpp"
#include "transport/job_queue.hpp"
#include "transport/rate_limiter.hpp"
#include "transport/stakes.hpp"
#include "transport/worker.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
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
  std::uint64_t push(std::unique_ptr<Job> job) noexcept;  // its ticket; 0: it was dropped
  bool deliver(std::unique_ptr<Job> job, base::Deadline deadline) noexcept;
  [[nodiscard]] int thread_id() const noexcept { return thread_id_.load(); }
  void remind(SteadyTime when) noexcept;
  bool flush(base::Deadline deadline) noexcept;
  bool flush_to_spool(base::Deadline deadline) noexcept;
  bool purge(base::Deadline deadline) noexcept;
  bool drain(base::Deadline deadline) noexcept;
  bool close(base::Deadline deadline) noexcept;
  void leave_behind() noexcept;
  [[nodiscard]] unsigned backpressure() noexcept;
  [[nodiscard]] DeliveryStats figures() const;
  [[nodiscard]] bool is_running() const noexcept;
  [[nodiscard]] bool is_own_thread() const noexcept;

  /// True in the child of a fork: the thread and whoever held the lock do not exist there.
  [[nodiscard]] bool is_forked() const noexcept {
    return base::fork_generation() != fork_generation_;
  }

 private:
  using Lock = std::unique_lock<std::mutex>;
  using Entry = JobQueue::Entry;
  using FlightId = Courier::FlightId;

  /// An envelope in the hands of the worker's thread.
  struct Parcel {
    FlightId id = 0;
    protocol::OutgoingEnvelope envelope{};
    int priority = 0;
    protocol::DataCategory category{};  // of its first item
    int attempts = 0;
    SteadyTime prepared_at{};
    std::optional<Spool::Id> spool_id{};  // where it lies on disk as well
    bool is_probe = false;
    bool is_report = false;          // carries a client report and nothing else
    std::uint64_t report_order = 0;  // of it: which order it answers
    std::size_t wire_bytes = 0;      // before compression
    std::chrono::steady_clock::time_point sent_at{};
  };

  /// An outcome that a host thread saw and the worker has to tell.
  struct Ended {
    EventId id{};
    protocol::DataCategory category{};
    protocol::DiscardReason reason{};
  };

  /// What the threads of the host have asked for; compared with what was done.
  struct Orders {
    std::uint64_t reports = 0;
    std::uint64_t spools = 0;
    std::uint64_t purges = 0;
    friend bool operator==(const Orders&, const Orders&) = default;
  };

  // worker.cpp
  void rouse() noexcept;    // with the lock held
  void abandon() noexcept;  // without
  void drop(Entry& entry) noexcept;
  void remember_ended(const Entry& entry) noexcept;
  void tell_ended() noexcept;
  void record(std::optional<protocol::DiscardReason> reason, const protocol::Quantity& quantity);
  [[nodiscard]] bool is_settled(std::uint64_t ticket) const noexcept;  // with the lock held
  [[nodiscard]] bool has_ended(std::uint64_t ticket) const noexcept;   // with the lock held
  bool order(std::uint64_t Orders::*kind, base::Deadline deadline, Lock& lock) noexcept;
  bool put_away_in_time(base::Deadline deadline, Lock& lock) noexcept;

  // worker_loop.cpp: the worker thread
  void run() noexcept;
  bool turn();  // false: there is nothing to do now
  bool tend();
  bool obey();
  bool launch();
  bool launch_waiting();
  bool launch_ahead();
  bool launch_job();
  bool look_ahead();
  [[nodiscard]] bool may_look_ahead() const noexcept;
  void wait_with_others();
  bool launch_report();
  bool give_up_all();
  [[nodiscard]] bool is_report_under_way() const noexcept;
  bool work(Entry entry);
  void wait() noexcept;
  void wait_for_answers(SteadyTime until) noexcept;
  [[nodiscard]] SteadyTime next_due() const noexcept;
  [[nodiscard]] std::optional<Entry> next_job(std::uint64_t last_ticket = JobQueue::kNone);
  [[nodiscard]] bool may_send(SteadyTime now) const noexcept;
  [[nodiscard]] bool is_idle() const noexcept;
  [[nodiscard]] bool is_over() noexcept;
  void read_state() noexcept;

  // worker_delivery.cpp: the worker thread, but for `settle`
  std::optional<protocol::OutgoingEnvelope> prepare(Entry& entry) noexcept;
  void dispatch(Entry& entry, protocol::OutgoingEnvelope envelope);
  void route(Parcel parcel);
  bool put_at_stake(Stake stake);
  bool drop_limited(Parcel& parcel);
  void attach_report(Parcel& parcel);
  void send(Parcel parcel);
  bool receive();
  void answered(Parcel parcel, const TransportResponse& response);
  void failed(Parcel parcel, protocol::DiscardReason reason);
  void end(Parcel& parcel, Fate fate);
  void observe(const TransportResponse& response, bool came_to_nothing);
  void report_done(std::uint64_t order) noexcept;
  [[nodiscard]] std::chrono::nanoseconds limited_for(const Parcel& parcel) const noexcept;
  [[nodiscard]] bool is_too_old(const Parcel& parcel) const noexcept;

  /// What the ledger counts: all but client reports.
  static std::vector<protocol::Quantity> countable(std::vector<protocol::Quantity> quantities);

  /// Does nothing and returns false when a `close` has settled it already.
  bool settle(FlightId id, Fate fate) noexcept;
  void tell(const EventId& id, protocol::DataCategory category, DeliveryOutcome outcome,
            std::string_view reason) noexcept;

  // worker_spool.cpp: the worker thread
  void open_spool();
  [[nodiscard]] bool may_store() const noexcept;  // the disk has not refused lately
  bool store(Parcel& parcel);                     // and lets go of it when it could be stored
  bool store_as_well(Parcel& parcel);             // and keeps it
  std::optional<Spool::Id> write(const Parcel& parcel);
  bool store_everything();
  bool replay(SteadyTime now);
  bool take_over(SteadyTime now);
  void set_aside(Parcel& parcel, protocol::DiscardReason reason);
  void bring_back() noexcept;
  void purge_spool();
  void put_away();
  void count_lost(std::vector<Spool::Lost>& lost);
  void publish_spool();

  const WorkerOptions options_;
  const std::unique_ptr<Courier> courier_;
  const std::shared_ptr<protocol::LossLedger> ledger_;  // its lock is the only one taken under ours
  const std::uint32_t fork_generation_ = base::fork_generation();
  Backpressure backpressure_;

  // The worker thread's alone.
  Breaker breaker_;
  RateLimiter limiter_;
  std::unique_ptr<Spool> spool_;
  std::vector<Parcel> flights_;  // under way
  std::vector<Parcel> waiting_;  // for another attempt; no more than were under way at once
  std::optional<Parcel> ahead_;  // made while an answer is on its way; goes next
  std::vector<Courier::Arrival> arrivals_;
  FlightId last_id_ = 0;
  std::vector<Spool::Id> set_aside_;  // failed; others are tried first
  std::map<Spool::Id, int> strikes_;  // failures while the server answered others
  SteadyTime next_replay_{};
  SteadyTime no_replay_until_{};  // nothing in the spool may go
  SteadyTime next_take_over_{};
  SteadyTime no_store_until_{};       // after the disk refused
  bool is_storing_ = false;           // nothing is sent just now
  std::size_t unpaced_replays_ = 0;   // stored on the host's wish, not for want of a server
  std::uint64_t backlog_ticket_ = 0;  // up to here jobs go by value: they waited for the server
  int closing_failures_ = 0;
  bool farewell_ = false;  // the last report has left

  // A copy of what the host's threads have said, taken once a turn.
  struct State {
    Orders orders{};
    bool closing = false;
    bool draining = false;
    bool abandoned = false;
    bool putting_away = false;
    std::size_t queued = 0;
    std::uint64_t last_ticket = 0;
    SteadyTime chores_due = SteadyTime::max();
  } state_;

  std::atomic<bool> overflowed_{false};  // since health was looked at last
  std::atomic<bool> is_reachable_{true};
  std::atomic<int> thread_id_{0};

  mutable std::mutex mutex_;
  std::condition_variable wake_;        // the worker waits here
  std::condition_variable progressed_;  // flush and close wait here
  JobQueue queue_;
  Stakes stakes_;
  std::vector<Ended> ended_jobs_;
  std::vector<RateLimiter::Limit> limits_;  // as of the last answer that brought some
  DeliveryStats figures_;
  Orders asked_;
  Orders done_;
  SteadyTime chores_due_ = SteadyTime::min();
  std::uint64_t spooled_ticket_ = 0;  // up to here a spool order has stored everything
  std::uint64_t last_ticket_ = 0;
  std::uint64_t current_ = JobQueue::kNone;    // ticket of the job in work
  std::uint64_t awaited_ = JobQueue::kNone;    // ticket of the job that `deliver` waits for
  bool awaited_failed_ = false;                // it was lost, but not for a reason of its own
  std::optional<base::Deadline> put_away_at_;  // from then on the spool takes what is left
  bool sleeping_ = false;   // the worker wants to be woken by a push; a burst wakes it once
  bool roused_ = false;     // there is news for the worker
  bool in_air_ = false;     // it waits in the courier, not at `wake_`
  bool closing_ = false;    // no more jobs, no more waits
  bool draining_ = false;   // no more jobs of little value
  bool abandoned_ = false;  // the deadline of `close` has passed: everything is settled
  bool has_spool_ = false;
  bool spool_failed_ = false;  // an order could not be carried out in full
  bool ended_ = false;         // the thread touches nothing any more
  std::thread thread_;
};

}  // namespace picket::transport
