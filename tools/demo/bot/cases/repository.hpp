#pragma once

// The table of moderation cases. Every function is a span of the trace it is called in.

#include "bot/db/pool.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace bot {

/// One entry of a person's history.
struct Case {
  std::string number{};
  std::string kind{};
  std::string reason{};
};

/// Errors: every function throws `db::QueryError`, already reported.
class CaseRepository {
 public:
  explicit CaseRepository(db::Pool& pool) noexcept : pool_(pool) {}

  /// Makes the tables and a few rows to start with.
  void create_schema();

  [[nodiscard]] std::vector<Case> find_by_user(const std::string& user_id,
                                               const std::string& actor);

  /// One open ban per person: a second one breaks the schema's rule.
  void insert_ban(const std::string& user_id, const std::string& reason, const std::string& actor);

  /// Adds warnings whose time is over.
  void insert_expired(std::size_t count);

  /// Removes them all; returns how many there were.
  std::size_t delete_expired();

  /// Reads a table that this version of the schema does not have.
  [[nodiscard]] std::vector<Case> find_appeals(const std::string& actor);

  /// Removes the table of cases, as a failed migration would.
  void drop_schema();

 private:
  db::Pool& pool_;
};

}  // namespace bot
