#pragma once

// One connection to a SQLite file.

#include <chrono>
#include <memory>
#include <string>

struct sqlite3;

namespace bot::db {

/// Threads: one at a time.
class Connection {
 public:
  /// Opens `file`, made when missing. A locked database is waited for as long as `busy_timeout`.
  /// Errors: throws `DriverError`.
  Connection(const std::string& file, std::chrono::milliseconds busy_timeout);

  /// Runs statements that return nothing, such as a schema.
  /// Errors: throws `DriverError`; statements before the one at fault stay done.
  void run_script(const char* sql);

  [[nodiscard]] sqlite3* handle() const noexcept { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const noexcept;
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A second connection that keeps everybody else out until it ends.
class ExclusiveLock {
 public:
  explicit ExclusiveLock(const std::string& file);

 private:
  Connection connection_;
};

}  // namespace bot::db
