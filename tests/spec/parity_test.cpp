// Every call of the seed's quick reference, once as a free function and once through `Manager`:
// both compile, both run, and what arrives is the same.

#include "picket/json.hpp"
#include "picket/service.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace picket {
namespace {

using testing::Captured;
using testing::ScopedClient;

struct Somebody {
  std::string id;
};
User to_picket_user(const Somebody& somebody) { return {.id = somebody.id}; }

const CommandContext kBan{.name = "ban_user", .channel_id = "7", .guild_id = "41"};

void with_free_functions(ScopedClient& client) {
  CHECK(is_initialized());
  const std::runtime_error error("broken");

  set_user_context(User{.id = "1", .username = "ann"});
  set_user_context(Somebody{"2"});
  set_command_context(kBan);
  set_context("database", {{"pool_size", 10}});
  set_tag("feature", "moderation");
  add_breadcrumb("message alone");
  add_breadcrumb("positional", "chat", Level::warning, {{"length", 3}});
  add_breadcrumb("designated", {.category = "chat", .level = Level::error});

  {
    auto transaction = start_transaction({.op = "command", .name = "ban_user"});
    transaction.set_data("user_count", 2).set_tag("command_type", "moderation");
    {
      auto span = start_span({.op = "database", .description = "fetch_user_cases"});
      span.set_data("case_count", 3).set_tag("shard", 1).set_status("ok");
    }
    track_command_start("ban_user");
    client.clock().advance(std::chrono::milliseconds(12));
    track_command_end("ban_user", true);
    transaction.set_status("internal_error");
  }

  capture_exception_safe(error, {.extra_context = {{"operation", "user_update"}}});
  capture_database_error(error, {.operation = "create", .table = "users", .query = "INSERT"});
  capture_api_error(error, {.endpoint = "/users", .status_code = 502, .response = "bad"});
  capture_module_error(error, {.module = "admin", .command = "reload"});
  capture_cog_error(error, {.module = "admin", .command = "reload"});
  capture_domain_error(error, {.command_name = "ban_user", .user_id = "1", .guild_id = "41"});
  {
    const auto scope = push_scope();
    set_tag("temporary", true);
    track_command_start("unban");
    track_command_end("unban", false, &error);
    capture_message("inside");
  }
  if (should_capture_error("runtime_error")) capture_message("within the limit", Level::warning);
  CHECK_FALSE(sanitize(Object{{"password", "x"}, {"name", "ann"}}).contains("password"));
}

void with_manager(ScopedClient& client) {
  const Manager monitoring;
  CHECK(monitoring.is_initialized());
  const std::runtime_error error("broken");

  monitoring.set_user_context(User{.id = "1", .username = "ann"});
  monitoring.set_user_context(Somebody{"2"});
  monitoring.set_command_context(kBan);
  monitoring.set_context("database", {{"pool_size", 10}});
  monitoring.set_tag("feature", "moderation");
  monitoring.add_breadcrumb("message alone");
  monitoring.add_breadcrumb("positional", "chat", Level::warning, {{"length", 3}});
  monitoring.add_breadcrumb("designated", {.category = "chat", .level = Level::error});

  {
    auto transaction = monitoring.start_transaction({.op = "command", .name = "ban_user"});
    transaction.set_data("user_count", 2).set_tag("command_type", "moderation");
    {
      auto span = monitoring.start_span({.op = "database", .description = "fetch_user_cases"});
      span.set_data("case_count", 3).set_tag("shard", 1).set_status("ok");
    }
    monitoring.track_command_start("ban_user");
    client.clock().advance(std::chrono::milliseconds(12));
    monitoring.track_command_end("ban_user", true);
    transaction.set_status("internal_error");
  }

  monitoring.capture_exception_safe(error, {.extra_context = {{"operation", "user_update"}}});
  monitoring.capture_database_error(error,
                                    {.operation = "create", .table = "users", .query = "INSERT"});
  monitoring.capture_api_error(error,
                               {.endpoint = "/users", .status_code = 502, .response = "bad"});
  monitoring.capture_module_error(error, {.module = "admin", .command = "reload"});
  monitoring.capture_cog_error(error, {.module = "admin", .command = "reload"});
  monitoring.capture_domain_error(error,
                                  {.command_name = "ban_user", .user_id = "1", .guild_id = "41"});
  {
    const auto scope = monitoring.push_scope();
    monitoring.set_tag("temporary", true);
    monitoring.track_command_start("unban");
    monitoring.track_command_end("unban", false, &error);
    monitoring.capture_message("inside");
  }
  if (monitoring.should_capture_error("runtime_error")) {
    monitoring.capture_message("within the limit", Level::warning);
  }
  CHECK_FALSE(monitoring.sanitize(Object{{"password", "x"}, {"name", "ann"}}).contains("password"));
}

/// What was drawn at random, or belongs to the place of the call, is left out.
void strip(Value& value) {
  if (List* const list = value.as_list()) {
    for (Value& item : *list) strip(item);
  }
  Object* const object = value.as_object();
  if (object == nullptr) return;
  for (const char* key : {"event_id", "trace_id", "span_id", "parent_span_id", "stacktrace",
                          "debug_meta", "threads"}) {
    object->erase(key);
  }
  for (Member& member : *object) strip(member.value);
}

List story(const Captured& captured) {
  List all;
  for (const auto& event : captured.events()) all.push_back(event.json());
  for (const auto& transaction : captured.transactions()) all.push_back(transaction.json());
  for (Value& value : all) strip(value);
  return all;
}

Options seed_options(std::vector<std::string>& hooks) {
  Options options;
  options.max_breadcrumbs = 50;
  options.traces_sampler = samplers::rules({{.name = "error", .rate = 1.0},
                                            {.op = "command", .rate = 0.1},
                                            {.op = "task", .rate = 0.01}},
                                           0.1);
  options.before_send = [&hooks](Event&, Hint&) {
    hooks.emplace_back("before_send");
    return Verdict::keep;
  };
  return options;
}

List story_of(void (*tell)(ScopedClient&)) {
  std::vector<std::string> hooks;
  Options options = seed_options(hooks);
  ScopedClient client(std::move(options));
  tell(client);
  List seen = story(client.captured());
  CHECK(hooks.size() == 8);
  return seen;
}

TEST_SUITE("spec/parity") {
  TEST_CASE("every call of the quick reference does the same through the manager") {  // S15.1, S2.1
    const List free = story_of(with_free_functions);
    const List managed = story_of(with_manager);
    REQUIRE(free.size() == 9);  // six errors, two messages, one transaction
    REQUIRE(managed.size() == free.size());
    for (std::size_t i = 0; i < free.size(); ++i) {
      CAPTURE(i);
      CAPTURE(to_json(free[i]));
      CAPTURE(to_json(managed[i]));
      CHECK(free[i] == managed[i]);
    }
    CHECK(free[0].at("user.id") == Value("2"));
    CHECK(free[0].at("contexts.command.command") == Value("ban_user"));
    CHECK(free[0].at("breadcrumbs.values").as_list()->size() == 3);
    CHECK(free[6].at("tags").as_object()->find("command.error_type")->text_or("") ==
          "runtime_error");
  }

  TEST_CASE("managers have no state: all refer to the one client, which close ends") {  // S3.8
    CHECK(Manager::setup({.dsn = ""}) == InitStatus::no_dsn);
    CHECK(Manager::setup({.dsn = "nonsense"}) == InitStatus::bad_dsn);
    const Manager one;
    CHECK_FALSE(one.is_initialized());
    CHECK(one.init_message().find("SENTRY_DSN") != std::string::npos);
    const auto transport = std::make_shared<testing::MemoryTransport>();
    CHECK(Manager::setup({.dsn = "http://key@localhost/1", .transport = transport}) ==
          InitStatus::active);
    const Manager other = one;
    CHECK(one.is_initialized());
    CHECK(other.is_initialized());
    other.capture_message("from a copy");
    CHECK(Manager::close());
    CHECK_FALSE(one.is_initialized());
    CHECK(transport->captured().events().size() == 1);
    CHECK_FALSE(other.capture_message("too late"));
  }
}

}  // namespace
}  // namespace picket
