#include "bot/db/run.hpp"

#include "bot/db/errors.hpp"
#include "picket/captures.hpp"
#include "picket/clock.hpp"
#include "picket/metrics.hpp"
#include "picket/picket.hpp"

#include <chrono>
#include <cstdint>

namespace bot::db {

namespace {

/// Adds to a span how long its work took, whether it succeeds or not.
class Stopwatch {
 public:
  explicit Stopwatch(picket::Span& span) : span_(span), start_(clock_.steady()) {}
  ~Stopwatch() {
    const std::chrono::duration<double, std::milli> time = clock_.steady() - start_;
    span_.set_data("db.duration_ms", time.count());
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  const picket::Clock clock_;
  picket::Span& span_;
  const picket::SteadyTime start_;
};

std::vector<Row> attempt(Session& session, const Query& query, std::string_view actor,
                         const std::vector<Parameter>& parameters, int number) {
  const auto work = [&](picket::Span& span) {
    const Stopwatch stopwatch(span);
    return Statement(session, query, actor, parameters).rows();
  };
  return picket::traced_span({.op = "db.query",
                              .description = query.sql,
                              .data = {{"db.system", "sqlite"},
                                       {"db.service", "cases"},
                                       {"db.operation", query.operation},
                                       {"db.collection.name", query.table},
                                       {"db.attempt", number},
                                       {"db.retry_count", number - 1}}},
                             work);
}

/// One metric for the whole operation, however often it was tried. (T25)
class Recording {
 public:
  explicit Recording(const Query& query) : query_(query), start_(clock_.steady()) {}

  void end(int attempts, std::string_view error_type = {}) const {
    picket::record_database_metric({.operation = query_.operation,
                                    .table = query_.table,
                                    .duration = clock_.steady() - start_,
                                    .success = error_type.empty(),
                                    .error_type = error_type,
                                    .retries = static_cast<std::uint32_t>(attempts - 1)});
  }

 private:
  const picket::Clock clock_;
  const Query& query_;
  const picket::SteadyTime start_;
};

}  // namespace

[[gnu::noinline]] std::vector<Row> run(Pool& pool, const Query& query, std::string_view actor,
                                       const std::vector<Parameter>& parameters) {
  Session session = pool.lease();
  const Recording recording(query);
  for (int number = 1;; ++number) {
    try {
      std::vector<Row> rows = attempt(session, query, actor, parameters, number);
      recording.end(number);
      return rows;
    } catch (const QueryError& error) {
      pool.count_failure();
      if (!error.may_pass() || number == pool.patience().attempts) {
        recording.end(number, "QueryError");
        picket::capture_database_error(
            error, {.operation = query.operation, .table = query.table, .query = query.sql});
        throw;
      }
    }
    pool.wait_before(number + 1);
  }
}

}  // namespace bot::db
