#include "bot/db/run.hpp"

#include "bot/cases/repository.hpp"
#include "bot/db/errors.hpp"
#include "bot/services.hpp"
#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("demo/run");

namespace {

using namespace std::chrono_literals;
using picket::testing::ScopedClient;

constexpr bot::db::Query kCount{"fetch", "cases", "SELECT count(*) FROM cases"};
constexpr bot::db::Query kNonsense{"fetch", "nonsense", "SELECT * FROM nonsense"};

/// A database that is locked until as many queries have failed; nobody waits in between.
struct LockedDatabase {
  bot::TemporaryFile file;
  bot::db::Pool pool{file.path(), 1, 1ms, {.attempts = 3, .first_wait = 0ms}};
  std::unique_ptr<bot::db::ExclusiveLock> lock;

  explicit LockedDatabase(std::uint64_t failures) {
    bot::CaseRepository(pool).create_schema();
    lock = std::make_unique<bot::db::ExclusiveLock>(file.path());
    pool.on_failure([this, failures](std::uint64_t count) {
      if (count == failures) lock.reset();
    });
  }
};

}  // namespace

TEST_CASE("a database that is locked for a while is tried again") {
  LockedDatabase database(2);

  CHECK(bot::db::run(database.pool, kCount, "3", {}).at(0).at(0) == "3");
  CHECK(database.pool.figures().query_count == 3);
}

TEST_CASE("patience has an end") {
  LockedDatabase database(99);

  CHECK_THROWS_AS(bot::db::run(database.pool, kCount, "3", {}), bot::db::QueryError);
  CHECK(database.pool.figures().query_count == 3);
}

TEST_CASE("what will not pass is not tried again") {
  LockedDatabase database(99);
  database.lock.reset();

  CHECK_THROWS_AS(bot::db::run(database.pool, kNonsense, "3", {}), bot::db::QueryError);
  CHECK(database.pool.figures().query_count == 1);
}

TEST_CASE("every attempt is a span, and no failure is reported that passed") {
  const ScopedClient client({.traces_sample_rate = 1});
  LockedDatabase database(2);
  {
    const auto transaction = picket::start_transaction({.op = "command", .name = "count"});
    bot::db::run(database.pool, kCount, "3", {});
  }

  const auto spans = client.captured().transactions_named("count").at(0).with_op("db.query");
  REQUIRE(spans.size() == 3);
  for (std::size_t i = 0; i < spans.size(); ++i) {
    CAPTURE(i);
    CHECK(spans[i].datum("db.attempt") == picket::Value(i + 1));
    CHECK(spans[i].datum("db.retry_count") == picket::Value(i));
    CHECK(spans[i].datum("db.duration_ms").is_number());
    CHECK(spans[i].status() == (i == 2 ? "ok" : "internal_error"));
    CHECK(spans[i].description() == kCount.sql);
  }
  CHECK(client.captured().errors().empty());
}

TEST_CASE("the last failure is reported once, whoever else captures it") {
  const ScopedClient client({.traces_sample_rate = 1});
  LockedDatabase database(99);
  try {
    bot::db::run(database.pool, kCount, "3", {});
  } catch (const std::exception&) {
    picket::capture_exception();
  }

  const auto errors = client.captured().errors();
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].has_tag("error.type", "database"));
  CHECK(errors[0].has_context("database", "query_count", 3));
  CHECK(errors[0].has_context("database", "active_connections", 1));
}

TEST_SUITE_END();
