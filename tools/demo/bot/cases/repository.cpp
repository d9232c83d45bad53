#include "bot/cases/repository.hpp"

#include "bot/db/statement.hpp"

namespace bot {

namespace {

constexpr const char* kSchema = R"sql(
  CREATE TABLE IF NOT EXISTS cases (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT NOT NULL CHECK (length(user_id) BETWEEN 1 AND 20),
    kind    TEXT NOT NULL CHECK (kind IN ('ban', 'warning')),
    reason  TEXT NOT NULL CHECK (length(reason) > 0)
  );
  CREATE UNIQUE INDEX IF NOT EXISTS one_ban ON cases (user_id) WHERE kind = 'ban';
  INSERT OR IGNORE INTO cases (number, user_id, kind, reason) VALUES
    (1, '300000000000000001', 'warning', 'shouting'),
    (2, '300000000000000001', 'warning', 'more shouting'),
    (3, '300000000000000002', 'ban', 'spam');
)sql";

constexpr db::Query kFind{"fetch", "cases",
                          "SELECT number, kind, reason FROM cases WHERE user_id = ?1 "
                          "ORDER BY number"};
constexpr db::Query kInsertBan{"create", "cases",
                               "INSERT INTO cases (user_id, kind, reason) "
                               "VALUES (?1, 'ban', ?2)"};
constexpr db::Query kFindAppeals{"fetch", "appeals", "SELECT number, kind, reason FROM appeals"};

std::vector<Case> to_cases(std::vector<db::Row> rows) {
  std::vector<Case> cases;
  for (auto& row : rows) cases.push_back({row.at(0), row.at(1), row.at(2)});
  return cases;
}

}  // namespace

void CaseRepository::create_schema() { pool_.lease().connection().run_script(kSchema); }

void CaseRepository::drop_schema() { pool_.lease().connection().run_script("DROP TABLE cases"); }

[[gnu::noinline]] std::vector<Case> CaseRepository::find_by_user(const std::string& user_id,
                                                                 const std::string& actor) {
  db::Session session = pool_.lease();
  return to_cases(db::Statement(session, kFind, actor, {user_id}).rows());
}

[[gnu::noinline]] void CaseRepository::insert_ban(const std::string& user_id,
                                                  const std::string& reason,
                                                  const std::string& actor) {
  db::Session session = pool_.lease();
  db::Statement(session, kInsertBan, actor, {user_id, reason}).execute();
}

[[gnu::noinline]] std::vector<Case> CaseRepository::find_appeals(const std::string& actor) {
  db::Session session = pool_.lease();
  return to_cases(db::Statement(session, kFindAppeals, actor, {}).rows());
}

}  // namespace bot
