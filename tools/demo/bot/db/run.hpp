#pragma once

// Runs a query as often as it makes sense. What may pass by itself, such as a locked database, is
// tried again after a wait; every attempt is a span, and what the last one fails with is reported
// with all that is known about the query, and passes on. (T25)

#include "bot/db/pool.hpp"
#include "bot/db/statement.hpp"

#include <string_view>
#include <vector>

namespace bot::db {

/// The rows that `query` returns. `actor`: on whose behalf, for the texts of errors.
/// Errors: throws `QueryError` with its causes nested; it has been reported.
std::vector<Row> run(Pool& pool, const Query& query, std::string_view actor,
                     const std::vector<Parameter>& parameters);

}  // namespace bot::db
