#include "bot/db/errors.hpp"

#include <exception>

#include <fmt/format.h>
#include <sqlite3.h>

namespace bot::db {

void throw_driver_error(int code, const char* text) {
  throw DriverError(code, fmt::format("{} (sqlite code {})", text, code));
}

void throw_translated(const DriverError& error) {
  constexpr int kPrimary = 0xff;  // extended result codes keep the plain one in the low byte
  switch (error.code() & kPrimary) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      std::throw_with_nested(LockedError("another connection holds the database"));
    case SQLITE_CONSTRAINT:
      std::throw_with_nested(ConstraintError("the row breaks a rule of the schema"));
    case SQLITE_ERROR:
      std::throw_with_nested(SchemaError("the statement does not fit the schema"));
    default:
      std::throw_with_nested(StorageError("the database cannot work"));
  }
}

}  // namespace bot::db
