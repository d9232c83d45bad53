#include "bot/cases/repository.hpp"
#include "bot/db/errors.hpp"
#include "bot/db/run.hpp"
#include "bot/services.hpp"
#include "picket/clock.hpp"
#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("demo/retry");

namespace {

using namespace std::chrono_literals;
using picket::testing::ScopedClient;

constexpr bot::db::Query kCount{"fetch", "cases", "SELECT count(*) FROM cases"};
constexpr bot::db::Query kNonsense{"fetch", "nonsense", "SELECT * FROM nonsense"};

/// A database that is locked until as many queries have failed.
struct LockedDatabase {
  bot::TemporaryFile file;
  bot::db::Pool pool;
  std::unique_ptr<bot::db::ExclusiveLock> lock;

  LockedDatabase(std::uint64_t failures, std::chrono::milliseconds first_wait)
      : pool(file.path(), 1, 1ms, {.attempts = 3, .first_wait = first_wait}) {
    bot::CaseRepository(pool).create_schema();
    lock = std::make_unique<bot::db::ExclusiveLock>(file.path());
    pool.on_failure([this, failures](std::uint64_t count) {
      if (count == failures) lock.reset();
    });
  }
};

/// What was recorded, by name; the hook runs on another thread.
class Recorded {
 public:
  picket::BeforeSendMetric hook() {
    return [this](picket::Metric& metric) {
      const std::lock_guard lock(mutex_);
      by_name_[metric.name].push_back(metric);
      return picket::Verdict::keep;
    };
  }

  std::vector<picket::Metric> of(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return by_name_[name];
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<picket::Metric>> by_name_;
};

}  // namespace

TEST_CASE("the wait before an attempt doubles with every failure") {  // T25
  LockedDatabase database(2, 8ms);
  const picket::Clock clock;
  const auto start = clock.steady();

  CHECK(bot::db::run(database.pool, kCount, "3", {}).at(0).at(0) == "3");
  CHECK(clock.steady() - start >= 24ms);  // 8 and 16
  CHECK(bot::db::Patience{}.attempts == 3);
  CHECK(bot::db::Patience{}.first_wait == 500ms);
}

TEST_CASE("two passing failures are three spans of a success") {  // T25
  const ScopedClient client({.traces_sample_rate = 1});
  LockedDatabase database(2, 0ms);
  {
    const auto transaction = picket::start_transaction({.op = "command", .name = "count"});
    bot::db::run(database.pool, kCount, "3", {});
  }

  const auto transaction = client.captured().transactions_named("count").at(0);
  CHECK(transaction.status() == "ok");
  const auto spans = transaction.with_op("db.query");
  REQUIRE(spans.size() == 3);
  for (std::size_t i = 0; i < spans.size(); ++i) {
    CAPTURE(i);
    CHECK(spans[i].datum("db.service") == picket::Value("cases"));
    CHECK(spans[i].datum("db.operation") == picket::Value("fetch"));
    CHECK(spans[i].datum("db.attempt") == picket::Value(i + 1));
    CHECK(spans[i].datum("db.retry_count") == picket::Value(i));
    CHECK(spans[i].datum("db.duration_ms").is_number());
  }
  CHECK(spans[2].status() == "ok");
  CHECK(client.captured().errors().empty());
}

TEST_CASE("an operation is one metric, however often it was tried") {  // T25, T13
  Recorded recorded;
  const ScopedClient client({.before_send_metric = recorded.hook(), .metric_prefix = "bot"});
  LockedDatabase database(2, 0ms);
  bot::db::run(database.pool, kCount, "3", {});
  REQUIRE(picket::flush(5s));

  REQUIRE(recorded.of("bot.database.operation.duration").size() == 1);
  REQUIRE(recorded.of("bot.database.operation.count").size() == 1);
  const auto retries = recorded.of("bot.database.retries");
  REQUIRE(retries.size() == 1);
  CHECK(retries[0].value == 2);
  CHECK(recorded.of("bot.database.failures").empty());
}

TEST_CASE("an operation that fails is one metric too, and one failure") {  // T25, T13
  Recorded recorded;
  const ScopedClient client({.before_send_metric = recorded.hook(), .metric_prefix = "bot"});
  LockedDatabase database(99, 0ms);
  CHECK_THROWS_AS(bot::db::run(database.pool, kCount, "3", {}), bot::db::QueryError);
  REQUIRE(picket::flush(5s));

  CHECK(recorded.of("bot.database.operation.count").size() == 1);
  CHECK(recorded.of("bot.database.failures").size() == 1);
}

TEST_CASE("only what may pass is tried again") {  // T25
  LockedDatabase database(99, 0ms);
  database.lock.reset();

  CHECK_THROWS_AS(bot::db::run(database.pool, kNonsense, "3", {}), bot::db::QueryError);
  CHECK(database.pool.figures().query_count == 1);
}

TEST_SUITE_END();
