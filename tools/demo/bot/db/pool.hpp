#pragma once

// A few connections, lent to one job each.

#include "bot/db/connection.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace bot::db {

/// How busy the pool is; what an administrator wants to see beside a database error.
struct PoolFigures {
  std::size_t pool_size = 0;
  std::size_t active_connections = 0;
  std::uint64_t query_count = 0;
};

/// How long to go on with what fails for a while.
struct Patience {
  int attempts = 3;
  std::chrono::milliseconds first_wait{500};  // doubles with every further one
};

class Pool;

/// A connection on loan; goes back at its end.
/// Lifetime: within that of its pool.
class Session {
 public:
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] Connection& connection() const noexcept { return *connection_; }
  [[nodiscard]] PoolFigures figures() const;
  void count_query() const;

 private:
  friend class Pool;
  Session(Pool& pool, std::unique_ptr<Connection> connection)
      : pool_(pool), connection_(std::move(connection)) {}

  Pool& pool_;
  std::unique_ptr<Connection> connection_;
};

/// Threads: any.
class Pool {
 public:
  /// Errors: throws `DriverError` when the file cannot be opened.
  Pool(const std::string& file, std::size_t size, std::chrono::milliseconds busy_timeout,
       Patience patience = {});

  /// Waits while all connections are on loan.
  [[nodiscard]] Session lease();

  [[nodiscard]] PoolFigures figures() const;
  [[nodiscard]] const Patience& patience() const noexcept { return patience_; }

  /// Waits as long as is due before that attempt; the second is the first one to wait for.
  void wait_before(int attempt) const;

  /// A query has failed.
  void count_failure();

  /// Calls `react` whenever one has failed, with their number so far. To be set before the pool is
  /// used.
  void on_failure(std::function<void(std::uint64_t failures)> react) { react_ = std::move(react); }

 private:
  friend class Session;
  void give_back(std::unique_ptr<Connection> connection);
  void count_query();

  const std::size_t size_;
  const Patience patience_;
  std::function<void(std::uint64_t)> react_;
  mutable std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::uint64_t queries_ = 0;
  std::uint64_t failures_ = 0;
};

}  // namespace bot::db
