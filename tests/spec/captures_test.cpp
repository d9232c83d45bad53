// The captures for kinds of failures: which tags and contexts each makes, and that nothing of it
// stays behind.

#include "picket/captures.hpp"

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/allocations.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace shop {

/// A host's own base class, without a word of picket.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  int number = 17;
};

class OutOfStock : public picket::DomainError {
 public:
  using DomainError::DomainError;
  [[nodiscard]] std::string_view code() const noexcept override { return "STOCK_EMPTY"; }
  [[nodiscard]] std::string_view severity() const noexcept override { return "high"; }
  [[nodiscard]] bool user_facing() const noexcept override { return true; }
};

class Rude : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return nullptr; }
};

}  // namespace shop

template <>
struct picket::error_traits<shop::Error> {
  static std::string code(const shop::Error& error) {
    if (error.number < 0) throw std::logic_error("no number");
    return std::to_string(error.number);
  }
  static std::string severity(const shop::Error&) { return "low"; }
  static bool user_facing(const shop::Error&) { return false; }
};

namespace picket {
namespace {

using testing::CapturedEvent;
using testing::ScopedClient;

const std::runtime_error kError("broken");

CapturedEvent only_error(const ScopedClient& client) {
  const auto errors = client.captured().errors();
  REQUIRE(errors.size() == 1);
  return errors.front();
}

Value context_of(const CapturedEvent& event, std::string_view name) {
  return event.json().at("contexts").as_object()->find(name) == nullptr
             ? Value()
             : *event.json().at("contexts").as_object()->find(name);
}

/// The tags of an event, those of the environment left out.
Value tags_of(const CapturedEvent& event) { return event.json().at("tags"); }

TEST_SUITE("spec/captures") {
  TEST_CASE("extra facts become one context, and a tag marks the path") {  // S4.2
    const ScopedClient client;
    capture_exception_safe(
        kError, {.extra_context = {{"operation", "user_update"},
                                   {"nothing", nullptr},
                                   {"nested", Value(Object{{"list", List{1, "two"}}})}}});
    const CapturedEvent event = only_error(client);
    CHECK(context_of(event, "extra") ==
          Value(Object{{"operation", "user_update"},
                       {"nothing", Value()},
                       {"nested", Object{{"list", List{1, "two"}}}}}));
    CHECK(tags_of(event) == Value(Object{{"error.captured_safely", "true"}}));
  }

  TEST_CASE("without extra facts there is no such context") {  // S4.2
    const ScopedClient client;
    capture_exception_safe(kError);
    CHECK_FALSE(only_error(client).has_context("extra"));
  }

  TEST_CASE("five facts of mixed kinds arrive, ids as text") {  // S12.4
    const ScopedClient client;
    capture_exception_safe(kError, {.extra_context = {{"operation", "ban"},
                                                      {"user_id", "123456789012345678"},
                                                      {"group", "large"},
                                                      {"moderator", true},
                                                      {"attempts", 3}}});
    CHECK(context_of(only_error(client), "extra") == Value(Object{{"operation", "ban"},
                                                                  {"user_id", "123456789012345678"},
                                                                  {"group", "large"},
                                                                  {"moderator", true},
                                                                  {"attempts", 3}}));
  }

  TEST_CASE("the exception being handled is captured without being named") {  // T1
    const ScopedClient client;
    try {
      throw std::out_of_range("far");
    } catch (...) {
      CHECK(capture_exception_safe());
    }
    CHECK(only_error(client).type() == "out_of_range");
  }

  TEST_CASE("a capture carries contexts, tags, user, level and fingerprint of its own") {  // T1
    const ScopedClient client;
    set_user({.id = "1"});
    set_tag("a", "scope");
    set_context("cart", {{"items", 1}, {"kept", true}});
    capture_exception(kError, {.tags = {{"a", "own"}},
                               .contexts = {{"cart", {{"items", 2}}}, {"shop", {{"open", true}}}},
                               .user = User{.id = "2"},
                               .level = Level::fatal,
                               .fingerprint = {"one"}});
    capture_exception(std::logic_error("next"));

    const auto errors = client.captured().errors();
    REQUIRE(errors.size() == 2);
    CHECK(errors[0].json().at("user.id") == Value("2"));
    CHECK(errors[0].level() == "fatal");
    CHECK(errors[0].json().at("fingerprint") == Value(List{"one"}));
    CHECK(context_of(errors[0], "cart") == Value(Object{{"items", 2}, {"kept", true}}));
    CHECK(context_of(errors[0], "shop") == Value(Object{{"open", true}}));
    CHECK(errors[1].json().at("user.id") == Value("1"));
    CHECK(errors[1].has_tag("a", "scope"));
    CHECK(errors[1].level() == "error");
    CHECK(context_of(errors[1], "cart") == Value(Object{{"items", 1}, {"kept", true}}));
    CHECK_FALSE(errors[1].has_context("shop"));
  }

  TEST_CASE("without arguments a capture says what kind of error it is, and no more") {  // S4.8
    struct Row {
      const char* name;
      EventId (*capture)();
      Object tags;
      const char* context;
      Object facts;
    };
    const Row rows[] = {
        {"database",
         [] { return capture_database_error(kError); },
         {{"error.type", "database"}},
         "database",
         {{"error_type", "runtime_error"}, {"error_message", "broken"}}},
        {"api",
         [] { return capture_api_error(kError); },
         {{"error.type", "api"}},
         "api_error",
         {{"error_type", "runtime_error"}, {"error_message", "broken"}}},
        {"module",
         [] { return capture_module_error(kError, {.module = "admin"}); },
         {{"error.type", "module"}, {"module.name", "admin"}},
         "module_error",
         {{"module_name", "admin"}, {"error_type", "runtime_error"}}},
        {"domain",
         [] { return capture_domain_error(kError); },
         {{"error.type", "app_error"}, {"error.severity", "unknown"}},
         "app_error",
         {{"error_code", Value()},
          {"user_facing", false},
          {"error_type", "runtime_error"},
          {"error_message", "broken"}}},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const ScopedClient client;
      CHECK(row.capture());
      const CapturedEvent event = only_error(client);
      CHECK(tags_of(event) == Value(row.tags));
      CHECK(context_of(event, row.context) == Value(row.facts));

      capture_message("next");
      const auto next = client.captured().last_event();
      CHECK(next->json().at("tags").is_null());
      CHECK_FALSE(next->has_context(row.context));
    }
  }

  TEST_CASE("tags, level and facts of the caller arrive beside those of the kind") {  // S4.8
    const ScopedClient client;
    capture_api_error(kError, {.endpoint = "/users"},
                      {.extra_context = {{"attempt", 2}},
                       .tags = {{"error.type", "upstream"}, {"region", "eu"}},
                       .contexts = {{"api_error", {{"retried", true}}}},
                       .level = Level::warning,
                       .fingerprint = {"api"}});
    const CapturedEvent event = only_error(client);
    CHECK(event.has_tag("error.type", "upstream"));
    CHECK(event.has_tag("region", "eu"));
    CHECK(event.level() == "warning");
    CHECK(event.has_context("extra", "attempt", 2));
    CHECK(event.has_context("api_error", "retried", true));
    CHECK(event.has_context("api_error", "endpoint", "/users"));
    CHECK(event.json().at("fingerprint") == Value(List{"api"}));
  }

  TEST_CASE("captured in its layer and again further up, an error is one event") {  // S4.6, S4.8
    const ScopedClient client;
    EventId first;
    EventId second;
    try {
      try {
        throw std::runtime_error("once");
      } catch (const std::exception& error) {
        first = capture_database_error(error, {.table = "users"});
        throw;
      }
    } catch (const std::exception& error) {
      second = capture_exception_safe(error);
    }
    CHECK(first);
    CHECK(first == second);
    CHECK(only_error(client).has_tag("error.type", "database"));
  }

  TEST_CASE("a database error says where, beside the figures of the pool") {  // S4.9
    const ScopedClient client({.max_query_bytes = 24});
    set_context("database", {{"pool_size", 10}, {"operation", "of the pool"}});
    capture_database_error(kError, {.operation = "create",
                                    .table = "users",
                                    .query = "INSERT INTO users VALUES (1), (2), (3)"});
    CHECK(context_of(only_error(client), "database") ==
          Value(Object{{"pool_size", 10},
                       {"operation", "create"},
                       {"error_type", "runtime_error"},
                       {"error_message", "broken"},
                       {"query", "INSERT INTO users VALUES"},
                       {"table", "users"}}));
  }

  TEST_CASE("a password in a query does not leave") {  // S4.9, S14.4
    const ScopedClient client;
    capture_database_error(kError, {.query = "CONNECT postgresql://me:hunter2@db/shop"});
    const std::string sent = client.captured().raw().front();
    CHECK(sent.find("hunter2") == std::string::npos);
    CHECK(sent.find("CONNECT postgresql://") != std::string::npos);
  }

  TEST_CASE("an API error says which address and which answer") {  // S4.10
    const ScopedClient client({.max_response_bytes = 8});
    capture_api_error(kError, {.endpoint = "https://me:hunter2@api.local/users?token=opensesame",
                               .status_code = 502,
                               .response = "Bad Gateway, try later"});
    const CapturedEvent event = only_error(client);
    CHECK(tags_of(event) == Value(Object{{"error.type", "api"},
                                         {"api.endpoint", "https://api.local/users"},
                                         {"api.status_code", "502"}}));
    CHECK(event.has_context("api_error", "status_code", 502));
    CHECK(event.has_context("api_error", "response", "Bad Gate"));
    const std::string sent = client.captured().raw().front();
    CHECK(sent.find("hunter2") == std::string::npos);
    CHECK(sent.find("opensesame") == std::string::npos);
  }

  TEST_CASE("an answer may be data, which is cut too") {  // S4.10
    const ScopedClient client({.max_response_bytes = 64});
    const Object answer{{"code", 7}, {"text", std::string(1000, 'x')}};
    capture_api_error(kError, {.response = answer});
    const Value response =
        *context_of(only_error(client), "api_error").as_object()->find("response");
    CHECK(response.at("code") == Value(7));
    CHECK(response.at("text").text_or("").size() < 64);
  }

  TEST_CASE("a module error goes by the name that the service has for its parts") {  // S4.11
    struct Row {
      const char* name;
      EventId (*capture)();
      const char* kind;
    };
    const Row rows[] = {
        {"default",
         [] {
           return capture_module_error(kError, {"admin", "reload", "ready"});
         },
         "module"},
        {"empty",
         [] {
           return capture_module_error(kError, {"admin", "reload", "ready", ""});
         },
         "module"},
        {"plugin",
         [] {
           return capture_module_error(kError, {"admin", "reload", "ready", "plugin"});
         },
         "plugin"},
        {"cog",
         [] {
           return capture_cog_error(kError, {"admin", "reload", "ready"});
         },
         "cog"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const ScopedClient client;
      row.capture();
      const CapturedEvent event = only_error(client);
      const std::string kind = row.kind;
      CHECK(tags_of(event) ==
            Value(Object{{"error.type", kind}, {"command.name", "reload"}, {"event.name", "ready"}}
                      .set(kind + ".name", "admin")));
      CHECK(context_of(event, kind + "_error") ==
            Value(Object{{"error_type", "runtime_error"}, {"command", "reload"}, {"event", "ready"}}
                      .set(kind + "_name", "admin")));
    }
  }

  TEST_CASE("a domain error tells code, severity and whom it is for") {  // S4.12
    const ScopedClient client({.domain = "shop"});
    const shop::OutOfStock empty("no more of it");
    const std::exception& as_caught = empty;
    capture_domain_error(
        as_caught,
        {.command_name = "buy", .user_id = "123456789012345678", .guild_id = "223456789012345678"});
    const CapturedEvent event = only_error(client);
    CHECK(tags_of(event) ==
          Value(Object{{"error.type", "shop_error"}, {"error.severity", "high"}}));
    CHECK(context_of(event, "shop_error") == Value(Object{{"error_code", "STOCK_EMPTY"},
                                                          {"user_facing", true},
                                                          {"error_type", "OutOfStock"},
                                                          {"error_message", "no more of it"},
                                                          {"command", "buy"},
                                                          {"user_id", "123456789012345678"},
                                                          {"guild_id", "223456789012345678"}}));
  }

  TEST_CASE("a host's own base class is told by its traits") {  // S4.12
    const ScopedClient client;
    shop::Error error("own");
    capture_domain_error(error);
    error.number = -1;  // the traits throw: unknown
    capture_domain_error(error);
    const auto errors = client.captured().errors();
    REQUIRE(errors.size() == 2);
    CHECK(errors[0].has_tag("error.severity", "low"));
    CHECK(errors[0].has_context("app_error", "error_code", "17"));
    CHECK(errors[1].has_tag("error.severity", "unknown"));
    CHECK(errors[1].has_context("app_error", "error_code", Value()));
  }

  TEST_CASE("an error without a text does no harm") {  // S4.4
    const ScopedClient client;
    capture_exception_safe(shop::Rude());
    capture_database_error(shop::Rude());
    capture_api_error(shop::Rude());
    capture_module_error(shop::Rude(), {});
    capture_domain_error(shop::Rude());
    CHECK(client.captured().errors().size() == 5);
    CHECK(client.captured().problems().empty());
  }

  TEST_CASE(
      "while off an error is told on the log, the other captures say nothing") {  // S4.5, S4.8
    std::vector<std::string> lines;
    const auto log = [&](Level level, std::string_view line) {
      lines.push_back(std::string(to_text(level)) + ": " + std::string(line));
    };
    const auto guard = init({.dsn = "", .diagnostic_level = Level::warning, .logger = log});
    CHECK_FALSE(capture_exception_safe(std::runtime_error("at postgresql://me:hunter2@db/shop")));
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("error: ") == 0);
    CHECK(lines[0].find("std::runtime_error: at postgresql://") != std::string::npos);
    CHECK(lines[0].find("hunter2") == std::string::npos);

    CHECK_FALSE(capture_database_error(kError, {.table = "users"}));
    CHECK_FALSE(capture_api_error(kError));
    CHECK_FALSE(capture_module_error(kError, {.module = "admin"}));
    CHECK_FALSE(capture_domain_error(kError));
    CHECK_FALSE(capture_message("nothing"));
    CHECK(lines.size() == 1);
    CHECK_FALSE(capture_exception_safe(std::exception_ptr()));
    CHECK(lines.size() == 1);
  }
}

}  // namespace
}  // namespace picket
