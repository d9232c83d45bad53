#pragma once

// Database errors in three layers, each nested in the next: `DriverError` is what SQLite said, one
// of the middle ones is what that means, `QueryError` is what the bot was doing.

#include "bot/errors.hpp"

#include <string>

namespace bot::db {

class Error : public bot::Error {
 public:
  using bot::Error::Error;

  /// The cause may be gone with the next try.
  [[nodiscard]] virtual bool may_pass() const noexcept { return false; }
};

/// SQLite's own words, with its result code.
class DriverError : public Error {
 public:
  DriverError(int code, const std::string& text) : Error(text), code_(code) {}
  [[nodiscard]] int code() const noexcept { return code_; }

 private:
  int code_;
};

/// Somebody else holds the database.
class LockedError : public Error {
 public:
  using Error::Error;
  [[nodiscard]] bool may_pass() const noexcept override { return true; }
};

/// A rule of the schema was about to be broken.
class ConstraintError : public Error {
 public:
  using Error::Error;
};

/// The schema is not what this program expects.
class SchemaError : public Error {
 public:
  using Error::Error;
};

/// Everything else: disk, memory, permission.
class StorageError : public Error {
 public:
  using Error::Error;
  [[nodiscard]] bool may_pass() const noexcept override { return true; }
};

/// A statement failed; says which and for whom.
class QueryError : public Error {
 public:
  QueryError(const std::string& text, bool may_pass) : Error(text), may_pass_(may_pass) {}
  [[nodiscard]] bool may_pass() const noexcept override { return may_pass_; }

 private:
  bool may_pass_;
};

/// Throws the `DriverError` of `code`.
[[noreturn]] void throw_driver_error(int code, const char* text);

/// Throws what `error` means, with the exception that is being handled nested in it.
[[noreturn]] void throw_translated(const DriverError& error);

}  // namespace bot::db
