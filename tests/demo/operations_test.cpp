#include "bot/operations.hpp"

#include "bot/errors.hpp"
#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("demo/operations");

using picket::testing::ScopedClient;

TEST_CASE("a task tells its transaction what it did") {
  const ScopedClient client({.traces_sample_rate = 1});
  bot::Services services({.expired_cases = 42});

  CHECK(bot::operate(services, "%cleanup") == "cleanup: deleted 42 records");
  CHECK(bot::operate(services, "%cleanup") == "cleanup: deleted 0 records");

  const auto tasks = client.captured().transactions_named("cleanup");
  REQUIRE(tasks.size() == 2);
  CHECK(tasks[0].op() == "task");
  CHECK(tasks[0].status() == "ok");
  CHECK(tasks[0].datum("deleted_records") == picket::Value(42));
  CHECK(tasks[1].datum("deleted_records") == picket::Value(0));
  CHECK(tasks[0].trace_id() != tasks[1].trace_id());
}

TEST_CASE("a task that fails is reported as such, and its transaction is still sent") {
  const ScopedClient client({.traces_sample_rate = 1});
  bot::Services services({});

  CHECK(bot::operate(services, "%break cache") == "the cache is gone");
  CHECK(bot::operate(services, "%cleanup") == "cleanup failed");

  const auto errors = client.captured().errors();
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].type() == "CacheError");
  CHECK(errors[0].has_context("extra", "task", "cleanup"));
  const auto tasks = client.captured().transactions_named("cleanup");
  REQUIRE(tasks.size() == 1);
  CHECK(tasks[0].status() == "internal_error");
  CHECK(errors[0].has_context("trace", "trace_id", tasks[0].trace_id()));
}

TEST_CASE("every probe is a trace of its own") {
  const ScopedClient client({.traces_sample_rate = 1});
  bot::Services services({});

  CHECK(bot::operate(services, "%probe queue drain 3") == "did drain 3 times");

  const auto probes = client.captured().transactions_named("drain");
  REQUIRE(probes.size() == 3);
  CHECK(probes[0].op() == "queue");
  CHECK(probes[0].trace_id() != probes[1].trace_id());
  CHECK(probes[0].with_op("function").size() == 1);
}

TEST_CASE("an operation that does not exist is a mistake") {
  bot::Services services({});
  for (const char* line : {"%", "%clean", "%cleanup now", "%probe queue drain", "%break",
                           "%break database", "%probe queue drain many"}) {
    CAPTURE(line);
    CHECK(bot::is_operation(line));
    CHECK_THROWS_AS(bot::operate(services, line), bot::UserError);
  }
  CHECK_FALSE(bot::is_operation("@3 large !ping"));
}

TEST_SUITE_END();
