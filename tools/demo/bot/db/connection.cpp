#include "bot/db/connection.hpp"

#include "bot/db/errors.hpp"

#include <sqlite3.h>

namespace bot::db {

void Connection::Close::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }

Connection::Connection(const std::string& file, std::chrono::milliseconds busy_timeout) {
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(file.c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(handle);  // SQLite makes one even when opening fails
  if (code != SQLITE_OK) throw_driver_error(code, sqlite3_errmsg(handle));
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, static_cast<int>(busy_timeout.count()));
  // The cases of a demo need not outlive a power cut.
  run_script("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON");
}

void Connection::run_script(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw_driver_error(code, sqlite3_errmsg(handle_.get()));
}

ExclusiveLock::ExclusiveLock(const std::string& file)
    : connection_(file, std::chrono::milliseconds(1000)) {
  connection_.run_script("BEGIN EXCLUSIVE");
}

}  // namespace bot::db
