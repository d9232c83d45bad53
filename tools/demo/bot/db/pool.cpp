#include "bot/db/pool.hpp"

#include <thread>
#include <utility>

namespace bot::db {

Session::~Session() { pool_.give_back(std::move(connection_)); }

PoolFigures Session::figures() const { return pool_.figures(); }

void Session::count_query() const { pool_.count_query(); }

Pool::Pool(const std::string& file, std::size_t size, std::chrono::milliseconds busy_timeout,
           Patience patience)
    : size_(size), patience_(patience) {
  idle_.reserve(size);
  for (std::size_t i = 0; i < size; ++i) {
    idle_.push_back(std::make_unique<Connection>(file, busy_timeout));
  }
}

Session Pool::lease() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [&] { return !idle_.empty(); });
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return Session(*this, std::move(connection));
}

PoolFigures Pool::figures() const {
  const std::lock_guard lock(mutex_);
  return {size_, size_ - idle_.size(), queries_};
}

void Pool::wait_before(int attempt) const {
  std::this_thread::sleep_for(patience_.first_wait * (1LL << (attempt - 2)));
}

void Pool::count_failure() {
  std::uint64_t failures = 0;
  {
    const std::lock_guard lock(mutex_);
    failures = ++failures_;
  }
  if (react_) react_(failures);
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
  }
  returned_.notify_one();
}

void Pool::count_query() {
  const std::lock_guard lock(mutex_);
  ++queries_;
}

}  // namespace bot::db
