#include "bot/modules.hpp"

#include "bot/errors.hpp"
#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"

#include <algorithm>
#include <map>
#include <string>

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("demo/modules");

namespace {

using picket::testing::ScopedClient;
using Status = bot::LoadedModule::Status;

const bot::Settings kSettings(std::map<std::string, std::string>{{"welcome_channel", "71"}});

const bot::LoadedModule& named(const bot::Modules& modules, std::string_view name) {
  return *std::ranges::find(modules.loaded(), name, &bot::LoadedModule::name);
}

}  // namespace

TEST_CASE("a module that lacks a setting is skipped, one that throws has failed") {  // T26
  const ScopedClient client;
  const bot::Modules modules(kSettings, "fun");

  REQUIRE(modules.loaded().size() == 4);
  CHECK(named(modules, "levels").status == Status::loaded);
  CHECK(named(modules, "levels").path == "modules/levels.so");
  CHECK(named(modules, "economy").status == Status::skipped);
  CHECK(named(modules, "economy").reason == "setting currency is missing");
  CHECK(named(modules, "fun").status == Status::failed);
  CHECK(named(modules, "fun").reason == "undefined symbol: fun_setup");

  const auto errors = client.captured().errors();
  REQUIRE(errors.size() == 1);  // a skipped module is no failure
  CHECK(errors[0].has_tag("module.name", "fun"));
}

TEST_CASE("the loader's data are on the spans of the start") {  // T26
  const ScopedClient client({.traces_sample_rate = 1});
  {
    const auto start = picket::start_transaction({.op = "lifecycle", .name = "setup"});
    const bot::Modules modules(kSettings);
  }

  const auto spans = client.captured().transactions_named("setup").at(0).with_op("module.load");
  REQUIRE(spans.size() == 4);
  for (const auto& span : spans) {
    const bool is_economy = span.description() == "economy";
    CHECK(span.datum("module.name") == picket::Value(span.description()));
    CHECK(span.datum("module.path") == picket::Value("modules/" + span.description() + ".so"));
    CHECK(span.datum("module.status") == picket::Value(is_economy ? "skipped" : "loaded"));
    CHECK(span.datum("module.reason").is_null() == !is_economy);
  }
}

TEST_CASE("reloads are counted, and the counts go along with a failure") {  // T27
  const ScopedClient client;
  bot::Modules modules(kSettings);
  modules.reload("fun", "5");
  modules.reload("levels", "5");
  CHECK_THROWS_AS(modules.reload("admin", "5"), bot::ModuleError);
  CHECK_THROWS_AS(modules.reload("nothing", "5"), bot::UserError);
  CHECK_THROWS_AS(modules.reload("economy", "5"), bot::UserError);

  const auto reloads = modules.reloads();
  CHECK(reloads.total == 3);
  CHECK(reloads.successful == 2);
  CHECK(reloads.failed == 1);
  CHECK(reloads.mean.count() >= 0);
  const auto error = client.captured().last_error();
  REQUIRE(error);
  CHECK(error->has_context("reloads", "failed", 1));
  CHECK(error->has_context("reloads", "total", 3));
}

TEST_CASE("the mean of reloads is that of all of them") {  // T27
  using std::chrono::milliseconds;
  bot::ReloadStatistics statistics;
  statistics.add(milliseconds(2), true);
  statistics.add(milliseconds(4), true);
  statistics.add(milliseconds(9), false);

  CHECK(statistics.counts().mean.count() == doctest::Approx(5));
  CHECK(bot::describe(statistics.counts()) == "reloads: 3 in all, 1 failed, 5.0 ms on average");
}

TEST_SUITE_END();
