#pragma once

// What moderators do with cases: the rules between commands and the table.

#include "bot/cache.hpp"
#include "bot/cases/repository.hpp"
#include "bot/people.hpp"

#include <string>

namespace bot {

class CaseService {
 public:
  CaseService(CaseRepository& repository, Cache& cache) noexcept
      : repository_(repository), cache_(cache) {}

  /// The history of a user as one line.
  /// Errors: `UserError` for a bad id; `db::QueryError`.
  [[nodiscard]] std::string history(const std::string& user_id, const Person& actor);

  /// Errors: `UserError` for a bad id, a missing reason and a missing right; `db::QueryError`.
  void ban(const std::string& user_id, const std::string& reason, const Person& actor);

  /// Errors: `db::QueryError`: no released schema has appeals yet.
  [[nodiscard]] std::string appeals(const Person& actor);

 private:
  CaseRepository& repository_;
  Cache& cache_;
};

}  // namespace bot
