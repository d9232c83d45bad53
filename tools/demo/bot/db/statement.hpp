#pragma once

// One SQL statement on one connection. It is prepared with its first step, so that a missing table
// and a locked database fail in the same place. What follows from a failure is decided in
// `run.hpp`.

#include "bot/db/pool.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

struct sqlite3_stmt;

namespace bot::db {

/// What a statement is for.
/// Lifetime: the texts are literals.
struct Query {
  std::string_view operation;  // create, fetch, …
  std::string_view table;
  std::string_view sql;
};

using Parameter = std::variant<std::int64_t, std::string>;
using Row = std::vector<std::string>;

class Statement {
 public:
  /// `actor`: on whose behalf, for the texts of errors.
  Statement(Session& session, const Query& query, std::string_view actor,
            std::vector<Parameter> parameters);

  /// Runs to the end and returns what the statement returns.
  /// Errors: throws `QueryError` with its causes nested.
  [[nodiscard]] std::vector<Row> rows();

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };

  bool step();     // true: there is a row
  bool advance();  // as `step`, without the outermost error
  void prepare();
  void bind();
  [[nodiscard]] Row current_row() const;

  Session& session_;
  Query query_;
  std::string actor_;
  std::vector<Parameter> parameters_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace bot::db
