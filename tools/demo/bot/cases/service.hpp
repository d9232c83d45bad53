#pragma once

// What moderators do with cases: the rules between commands, the table and the chat platform.

#include "bot/cache.hpp"
#include "bot/cases/repository.hpp"
#include "bot/chat_api.hpp"
#include "bot/people.hpp"

#include <cstddef>
#include <string>

namespace bot {

class CaseService {
 public:
  CaseService(CaseRepository& repository, Cache& cache, ChatApi& chat) noexcept
      : repository_(repository), cache_(cache), chat_(chat) {}

  /// The history of a user as one line.
  /// Errors: `UserError` for a bad id; `db::QueryError`; `CacheError`.
  [[nodiscard]] std::string history(const std::string& user_id, const Person& actor);

  /// Bans a user, who is told unless there is no chat platform or it fails; true when they know.
  /// Errors: `UserError` for a bad id, a missing reason and a missing right; `db::QueryError`;
  /// `CacheError`.
  bool ban(const std::string& user_id, const std::string& reason, const Person& actor);

  /// Removes what is no longer held against anybody; returns how much that was.
  /// Errors: `db::QueryError`; `CacheError`.
  std::size_t remove_expired();

  /// Errors: `db::QueryError`: no released schema has appeals yet.
  [[nodiscard]] std::string appeals(const Person& actor);

 private:
  CaseRepository& repository_;
  Cache& cache_;
  ChatApi& chat_;
};

}  // namespace bot
