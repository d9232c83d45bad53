// Background tasks, services that come up, and operations whose failure is survived.

#include "picket/guarded.hpp"
#include "picket/json.hpp"
#include "picket/task.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace shop {

class Database {};

struct Late : picket::DomainError {
  using picket::DomainError::DomainError;
  [[nodiscard]] std::string_view severity() const noexcept override { return "high"; }
};

}  // namespace shop

namespace picket {
namespace {

using testing::CapturedEvent;
using testing::ScopedClient;

std::vector<std::string> with_category(const Value& payload, const std::string& category) {
  std::vector<std::string> messages;
  const List* const crumbs = payload.at("breadcrumbs.values").as_list();
  if (crumbs == nullptr) return messages;
  for (const Value& crumb : *crumbs) {
    if (crumb.at("category") != Value(category)) continue;
    CHECK(crumb.at("level") == Value("info"));
    messages.emplace_back(crumb.at("message").text_or(""));
  }
  return messages;
}

TEST_SUITE("spec/tasks") {
  TEST_CASE("a task is a transaction that tells its result") {  // S7.7
    const ScopedClient client({.traces_sample_rate = 1.0});
    set_user({.id = "17"});
    const int removed = run_task("cleanup",
                                 [](Transaction& transaction) {
                                   transaction.set_data("older_than_days", 30);
                                   return 42;
                                 },
                                 {.result = "deleted_records"});
    CHECK(removed == 42);
    const auto transaction = client.captured().last_transaction();
    REQUIRE(transaction);
    CHECK(transaction->op() == "task");
    CHECK(transaction->name() == "cleanup");
    CHECK(transaction->source() == "task");
    CHECK(transaction->status() == "ok");
    CHECK(transaction->datum("deleted_records") == Value(42));
    CHECK(transaction->datum("older_than_days") == Value(30));
    CHECK(transaction->json().at("user").is_null());
    CHECK(with_category(transaction->json(), "task") ==
          std::vector<std::string>{"cleanup started", "cleanup finished, deleted_records: 42"});
  }

  TEST_CASE("a task returns what its function returns") {  // S7.7
    const ScopedClient client;
    std::string text = "a";
    CHECK(&run_task("refers", [&]() -> std::string& { return text; }) == &text);
    CHECK(run_task("moves", [] { return std::make_unique<int>(3); }) != nullptr);
    CHECK(run_task("tells", [] { return true; }));
    bool ran = false;
    run_task("nothing", [&] { ran = true; });
    CHECK(ran);
  }

  TEST_CASE("a failing task is one error of the same trace, and keeps to itself") {  // S7.8
    const ScopedClient client({.traces_sample_rate = 1.0});
    set_user({.id = "17"});
    add_breadcrumb("before");
    try {
      run_task("cleanup", []() -> int { throw std::invalid_argument("disk"); });
      CHECK(false);
    } catch (const std::invalid_argument&) {
      capture_exception();  // whoever runs tasks may capture too
    }
    capture_message("foreign");
    const auto captured = client.captured();
    REQUIRE(captured.transactions().size() == 1);
    CHECK(captured.transactions()[0].status() == "internal_error");
    REQUIRE(captured.errors().size() == 1);
    const CapturedEvent error = captured.errors()[0];
    CHECK(to_json(error.json().at("contexts.extra")) == R"({"task":"cleanup"})");
    CHECK(error.json().at("contexts.trace.trace_id") == captured.transactions()[0].trace_id());
    CHECK(error.json().at("user").is_null());
    CHECK(with_category(error.json(), "task") == std::vector<std::string>{"cleanup started"});

    const CapturedEvent foreign = captured.with_message("foreign")[0];
    CHECK(with_category(foreign.json(), "task").empty());
    CHECK(foreign.breadcrumbs() == std::vector<std::string>{"before"});
    CHECK(foreign.json().at("user.id") == Value("17"));
  }

  TEST_CASE("a service that came up leaves a breadcrumb and no transaction") {  // S7.5, T26
    const ScopedClient client({.traces_sample_rate = 1.0});
    CHECK(init_service<shop::Database>("connect", [] { return 7; }) == 7);
    capture_message("next");
    const auto captured = client.captured();
    CHECK(with_category(captured.last_event()->json(), "service") ==
          std::vector<std::string>{"shop::Database: connect done"});
    CHECK(captured.transactions().empty());
  }

  TEST_CASE("a service that did not come up tells its class and step") {  // S7.6, T26
    const ScopedClient client({.traces_sample_rate = 1.0});
    CHECK_THROWS_AS(
        init_service<shop::Database>("connect", [] { throw std::runtime_error("refused"); }),
        std::runtime_error);
    const auto captured = client.captured();
    REQUIRE(captured.errors().size() == 1);
    CHECK(to_json(captured.errors()[0].json().at("contexts.extra")) ==
          R"({"service":"shop::Database","initialization_step":"connect"})");
    CHECK(captured.errors()[0].has_tag("error.captured_safely", "true"));
    CHECK(captured.errors()[0].breadcrumbs().empty());
    CHECK(captured.transactions().empty());
  }

  TEST_CASE("a guarded operation yields its fallback and one event that says where") {  // T23
    const ScopedClient client;
    const auto fails = []() -> int { throw std::runtime_error("no disk"); };
    CHECK(guarded(
              "load_level", [] { return 5; }, 0) == 5);
    CHECK(guarded("load_level", fails, -1,
                  {.component = "levels",
                   .level = Level::warning,
                   .tags = {{"shard", 3}},
                   .extra_context = {{"user", "17"}}}) == -1);
    CHECK(safe_operation("load_level", fails, [] { return 9; }) == 9);
    guarded("nothing", [] { throw 5; });

    const auto captured = client.captured();
    REQUIRE(captured.errors().size() == 3);
    const CapturedEvent first = captured.errors()[0];
    CHECK(first.level() == "warning");
    CHECK(first.has_tag("component", "levels"));
    CHECK(first.has_tag("operation", "load_level"));
    CHECK(first.has_tag("shard", "3"));
    CHECK(first.has_context("extra", "user", Value("17")));
    CHECK(captured.errors()[1].has_tag("operation", "load_level"));
    CHECK_FALSE(captured.errors()[1].tag("component"));
    CHECK(captured.errors()[2].has_tag("operation", "nothing"));
    CHECK(client.diagnostics().at(0) == "warning: load_level failed: std::runtime_error: no disk");

    capture_message("after");  // it held for that one event
    CHECK_FALSE(client.captured().last_event()->tag("operation"));
    CHECK_FALSE(client.captured().last_event()->has_context("extra"));
  }

  TEST_CASE("errors of the host's own hierarchy are captured as such") {  // T23
    const ScopedClient client({.domain = "bot"});
    try {
      throw shop::Late("too late");
    } catch (const std::exception& error) {
      log_and_capture(error, "deliver", {.component = "post"});
      handle_error(error, "again");  // the same error
    }
    REQUIRE(client.captured().errors().size() == 1);
    const CapturedEvent event = client.captured().errors()[0];
    CHECK(event.has_tag("error.type", "bot_error"));
    CHECK(event.has_tag("error.severity", "high"));
    CHECK(event.has_tag("component", "post"));
  }

  TEST_CASE("while off everything runs and nothing else happens") {  // §15.1
    REQUIRE_FALSE(is_initialized());
    CHECK(run_task("cleanup", [](Transaction&) { return 3; }) == 3);
    CHECK_THROWS_AS(run_task("cleanup", [] { throw std::logic_error("x"); }), std::logic_error);
    CHECK(init_service<shop::Database>("connect", [] { return 1; }) == 1);
    CHECK_THROWS_AS(init_service<shop::Database>("x", [] { throw std::logic_error("x"); }),
                    std::logic_error);
    CHECK(guarded(
              "op", []() -> int { throw std::logic_error("x"); }, 4) == 4);
    const ScopedClient client;
    capture_message("later");
    CHECK(client.captured().last_event()->breadcrumbs().empty());
  }
}

}  // namespace
}  // namespace picket
