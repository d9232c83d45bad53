#include "bot/cases/repository.hpp"

#include "bot/db/run.hpp"
#include "picket/picket.hpp"

#include <string_view>

namespace bot {

namespace {

constexpr const char* kSchema = R"sql(
  CREATE TABLE IF NOT EXISTS cases (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT NOT NULL CHECK (length(user_id) BETWEEN 1 AND 20),
    kind    TEXT NOT NULL CHECK (kind IN ('ban', 'warning')),
    reason  TEXT NOT NULL CHECK (length(reason) > 0),
    expired INTEGER NOT NULL DEFAULT 0
  );
  CREATE UNIQUE INDEX IF NOT EXISTS one_ban ON cases (user_id) WHERE kind = 'ban';
  INSERT OR IGNORE INTO cases (number, user_id, kind, reason) VALUES
    (1, '300000000000000001', 'warning', 'shouting'),
    (2, '300000000000000001', 'warning', 'more shouting'),
    (3, '300000000000000002', 'ban', 'spam');
)sql";

constexpr const char* kInsertExpired =
    "INSERT INTO cases (user_id, kind, reason, expired)"
    " VALUES ('300000000000000003', 'warning', 'long ago', 1);";

constexpr db::Query kFind{"fetch", "cases",
                          "SELECT number, kind, reason FROM cases WHERE user_id = ?1 "
                          "ORDER BY number"};
constexpr db::Query kInsertBan{"create", "cases",
                               "INSERT INTO cases (user_id, kind, reason) "
                               "VALUES (?1, 'ban', ?2)"};
constexpr db::Query kDeleteExpired{"delete", "cases",
                                   "DELETE FROM cases WHERE expired = 1 RETURNING number"};
constexpr db::Query kFindAppeals{"fetch", "appeals", "SELECT number, kind, reason FROM appeals"};

constexpr std::string_view kNobody = "none";  // what the bot does by itself

std::vector<Case> to_cases(std::vector<db::Row> rows) {
  std::vector<Case> cases;
  for (auto& row : rows) cases.push_back({row.at(0), row.at(1), row.at(2)});
  return cases;
}

picket::Span database_span(std::string_view description) {
  return picket::start_span({.op = "database", .description = description});
}

}  // namespace

void CaseRepository::create_schema() { pool_.lease().connection().run_script(kSchema); }

void CaseRepository::drop_schema() { pool_.lease().connection().run_script("DROP TABLE cases"); }

[[gnu::noinline]] std::vector<Case> CaseRepository::find_by_user(const std::string& user_id,
                                                                 const std::string& actor) {
  auto span = database_span("fetch_user_cases");
  std::vector<Case> cases = to_cases(db::run(pool_, kFind, actor, {user_id}));
  span.set_data("case_count", cases.size());
  return cases;
}

[[gnu::noinline]] void CaseRepository::insert_ban(const std::string& user_id,
                                                  const std::string& reason,
                                                  const std::string& actor) {
  const auto span = database_span("create_case");
  db::run(pool_, kInsertBan, actor, {user_id, reason});
}

void CaseRepository::insert_expired(std::size_t count) {
  std::string script;
  for (std::size_t i = 0; i < count; ++i) script += kInsertExpired;
  pool_.lease().connection().run_script(script.c_str());
}

[[gnu::noinline]] std::size_t CaseRepository::delete_expired() {
  auto span = database_span("delete_expired_cases");
  const std::size_t count = db::run(pool_, kDeleteExpired, kNobody, {}).size();
  span.set_data("case_count", count);
  return count;
}

[[gnu::noinline]] std::vector<Case> CaseRepository::find_appeals(const std::string& actor) {
  const auto span = database_span("fetch_appeals");
  return to_cases(db::run(pool_, kFindAppeals, actor, {}));
}

}  // namespace bot
