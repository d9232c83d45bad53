#include "bot/db/statement.hpp"

#include "bot/db/errors.hpp"
#include "picket/picket.hpp"

#include <exception>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace bot::db {

namespace {

void check(int code, sqlite3* handle) {
  if (code != SQLITE_OK) throw_driver_error(code, sqlite3_errmsg(handle));
}

/// A breadcrumb, and how busy the pool is: every later error of this unit of work tells.
void tell(const Query& query, const PoolFigures& figures) {
  if (!picket::is_initialized()) return;
  picket::set_context("database", {{"pool_size", figures.pool_size},
                                   {"active_connections", figures.active_connections},
                                   {"query_count", figures.query_count}});
  picket::add_breadcrumb(fmt::format("{} on {}", query.operation, query.table),
                         {.category = "query", .data = {{"query", query.sql}}});
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

Statement::Statement(Session& session, const Query& query, std::string_view actor,
                     std::vector<Parameter> parameters)
    : session_(session), query_(query), actor_(actor), parameters_(std::move(parameters)) {}

[[gnu::noinline]] std::vector<Row> Statement::rows() {
  std::vector<Row> rows;
  while (step()) rows.push_back(current_row());
  return rows;
}

[[gnu::noinline]] bool Statement::step() {
  try {
    return advance();
  } catch (const Error& error) {
    std::throw_with_nested(QueryError(
        fmt::format("{} on table {} failed for person {}", query_.operation, query_.table, actor_),
        error.may_pass()));
  }
}

[[gnu::noinline]] bool Statement::advance() {
  try {
    if (statement_ == nullptr) prepare();
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) check(code, session_.connection().handle());
    return false;
  } catch (const DriverError& error) {
    throw_translated(error);
  }
}

void Statement::prepare() {
  session_.count_query();
  tell(query_, session_.figures());
  sqlite3_stmt* statement = nullptr;
  sqlite3* handle = session_.connection().handle();
  check(sqlite3_prepare_v2(handle, query_.sql.data(), static_cast<int>(query_.sql.size()),
                           &statement, nullptr),
        handle);
  statement_.reset(statement);
  bind();
}

void Statement::bind() {
  sqlite3* handle = session_.connection().handle();
  int index = 0;
  for (const Parameter& parameter : parameters_) {
    ++index;
    if (const auto* number = std::get_if<std::int64_t>(&parameter)) {
      check(sqlite3_bind_int64(statement_.get(), index, *number), handle);
    } else {
      const auto& text = std::get<std::string>(parameter);
      check(sqlite3_bind_text(statement_.get(), index, text.data(), static_cast<int>(text.size()),
                              SQLITE_STATIC),
            handle);
    }
  }
}

Row Statement::current_row() const {
  Row row;
  const int columns = sqlite3_column_count(statement_.get());
  for (int i = 0; i < columns; ++i) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), i));
    row.emplace_back(text == nullptr ? "" : text);
  }
  return row;
}

}  // namespace bot::db
