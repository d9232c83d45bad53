#include "bot/cases/repository.hpp"
#include "bot/cases/service.hpp"
#include "bot/db/errors.hpp"
#include "bot/services.hpp"
#include "picket/errors.hpp"

#include <exception>
#include <string>
#include <vector>

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("demo/database");

namespace {

using namespace std::chrono_literals;

/// A fresh database with its tables, and a short patience.
struct Database {
  bot::TemporaryFile file;
  bot::db::Pool pool{file.path(), 2, 10ms};
  bot::CaseRepository repository{pool};

  Database() { repository.create_schema(); }
};

/// The chain of an exception, outermost first: `Type: text`.
void describe(const std::exception& error, std::vector<std::string>& chain) {
  // `throw_with_nested` throws a class of its own around the one that was meant.
  std::string type = picket::type_name(typeid(error));
  if (type.ends_with('>')) type.pop_back();
  chain.push_back(type.substr(type.rfind(':') + 1) + ": " + error.what());
  try {
    std::rethrow_if_nested(error);
  } catch (const std::exception& cause) {
    describe(cause, chain);
  }
}

template <class Action>
std::vector<std::string> chain_of(Action&& action) {
  std::vector<std::string> chain;
  try {
    action();
  } catch (const std::exception& error) {
    describe(error, chain);
  }
  return chain;
}

}  // namespace

TEST_CASE("what is inserted is found again, oldest first") {
  Database database;
  database.repository.insert_ban("42", "spam", "3");

  CHECK(database.repository.find_by_user("42", "3").at(0).reason == "spam");
  const auto seeded = database.repository.find_by_user("300000000000000001", "3");
  REQUIRE(seeded.size() == 2);
  CHECK(seeded[0].reason == "shouting");
  CHECK(seeded[1].reason == "more shouting");
  CHECK(database.repository.find_by_user("43", "3").empty());
}

TEST_CASE("a broken rule of the schema keeps its causes") {
  Database database;
  database.repository.insert_ban("42", "spam", "3");

  CHECK(chain_of([&] { database.repository.insert_ban("42", "again", "3"); }) ==
        std::vector<std::string>{
            "QueryError: create on table cases failed for person 3",
            "ConstraintError: the row breaks a rule of the schema",
            "DriverError: UNIQUE constraint failed: cases.user_id (sqlite code 2067)"});
}

TEST_CASE("a second connection that holds the database is told as such") {
  Database database;
  const bot::db::ExclusiveLock lock(database.file.path());

  CHECK(chain_of([&] { (void)database.repository.find_by_user("42", "5"); }) ==
        std::vector<std::string>{"QueryError: fetch on table cases failed for person 5",
                                 "LockedError: another connection holds the database",
                                 "DriverError: database is locked (sqlite code 5)"});
}

TEST_CASE("a missing table is told as such") {
  Database database;

  CHECK(chain_of([&] { (void)database.repository.find_appeals("7"); }) ==
        std::vector<std::string>{"QueryError: fetch on table appeals failed for person 7",
                                 "SchemaError: the statement does not fit the schema",
                                 "DriverError: no such table: appeals (sqlite code 1)"});
}

TEST_CASE("a lease gives its connection back, also when a query fails") {
  Database database;
  CHECK_THROWS_AS((void)database.repository.find_appeals("7"), bot::db::QueryError);

  const auto first = database.pool.lease();
  const auto second = database.pool.lease();
  CHECK(first.figures().active_connections == 2);
  CHECK(second.figures().pool_size == 2);
  CHECK(second.figures().query_count == 1);
}

TEST_CASE("the user's own mistakes never reach the database") {
  Database database;
  bot::Cache cache(4);
  bot::ChatApi nowhere("");
  bot::CaseService service(database.repository, cache, nowhere);
  const bot::Person& moderator = *bot::find_person("3");

  CHECK_THROWS_AS(service.ban("abc", "spam", moderator), bot::UserError);
  CHECK_THROWS_AS(service.ban("42", "", moderator), bot::UserError);
  CHECK_THROWS_AS(service.ban("42", "spam", *bot::find_person("2")), bot::UserError);
  CHECK_THROWS_AS((void)service.history("", moderator), bot::UserError);
  CHECK(database.pool.figures().query_count == 0);
}

TEST_CASE("a ban is seen in a history that was read before") {
  Database database;
  bot::Cache cache(4);
  bot::ChatApi nowhere("");
  bot::CaseService service(database.repository, cache, nowhere);
  const bot::Person& moderator = *bot::find_person("3");

  CHECK(service.history("42", moderator) == "no cases");
  CHECK_FALSE(service.ban("42", "spam", moderator));  // there is nowhere to tell it
  CHECK(service.history("42", moderator) == "1 cases: ban (spam)");
}

TEST_CASE("cases that are over go, and are in no history that was read before") {
  Database database;
  database.repository.insert_expired(3);
  bot::Cache cache(4);
  bot::ChatApi nowhere("");
  bot::CaseService service(database.repository, cache, nowhere);
  const bot::Person& moderator = *bot::find_person("3");
  CHECK(service.history("300000000000000003", moderator).starts_with("3 cases"));

  CHECK(service.remove_expired() == 3);
  CHECK(service.history("300000000000000003", moderator) == "no cases");
  CHECK(service.remove_expired() == 0);
}

TEST_CASE("a cache that is disconnected is told as such") {
  bot::Cache cache(4);
  cache.store("key", "text");
  cache.disconnect();

  CHECK_THROWS_AS((void)cache.find("key"), bot::CacheError);
  CHECK_THROWS_AS(cache.store("key", "text"), bot::CacheError);
  CHECK_THROWS_AS(cache.forget("key"), bot::CacheError);
  CHECK_THROWS_AS(cache.clear(), bot::CacheError);
}

TEST_SUITE_END();
