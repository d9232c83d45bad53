#include "bot/worker_pool.hpp"

#include <utility>

namespace bot {

WorkerPool::WorkerPool(std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { work(); });
  }
}

std::size_t WorkerPool::forget_waiting() {
  std::deque<Job> forgotten;
  {
    const std::lock_guard lock(mutex_);
    forgotten.swap(waiting_);
  }
  changed_.notify_all();
  return forgotten.size();
}

void WorkerPool::finish() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  threads_.clear();  // joins
}

void WorkerPool::post(Job job) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.size() < kMaxWaiting; });
    waiting_.push_back(std::move(job));
  }
  changed_.notify_all();
}

void WorkerPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return closing_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    changed_.notify_all();
    job();
    job = nullptr;  // what the job holds ends outside the lock
    lock.lock();
  }
}

}  // namespace bot
