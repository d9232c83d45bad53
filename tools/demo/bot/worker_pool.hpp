#pragma once

// A fixed number of threads that take jobs from one bounded queue.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace bot {

class WorkerPool {
 public:
  using Job = std::function<void()>;

  explicit WorkerPool(std::size_t threads);

  ~WorkerPool() { finish(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Queues `job`; waits while the queue is full. Jobs must not throw.
  void post(Job job);

  /// Forgets what is queued and not yet begun; returns how much that was.
  std::size_t forget_waiting();

  /// Runs what is queued, then ends the threads. Afterwards nothing may be posted.
  void finish();

 private:
  void work();

  static constexpr std::size_t kMaxWaiting = 1024;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> waiting_;
  bool closing_ = false;
  std::vector<std::jthread> threads_;  // last: they use the members above
};

}  // namespace bot
