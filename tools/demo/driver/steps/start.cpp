// Services that start, and one that does not.

#include "driver/expected.hpp"
#include "driver/json_path.hpp"
#include "driver/steps.hpp"

namespace demo {

void services_start(Stage& stage) {
  Checks& checks = stage.checks();
  const Run healthy = stage.run({"@8 large !fail Timeout"});
  Expected after_start(checks, healthy.arrivals);
  after_start.event("the next event after a start",
                    {{"exception/values/-1/type", "Timeout"},
                     {"breadcrumbs/values/0/category", "service"},
                     {"breadcrumbs/values/0/level", "info"},
                     {"breadcrumbs/values/0/message", "bot::db::Pool: open done"},
                     {"breadcrumbs/values/1/message", "bot::Cache: connect done"},
                     {"breadcrumbs/values/2/message", "bot::Modules: load done"}});
  after_start.absorbed(1);
  after_start.nothing_else();

  const Run broken = stage.run({}, {"--break", "cache"});
  checks.equal("exit code without a cache", 1, broken.exit_code);
  Expected expected(checks, broken.arrivals);
  const auto& event = expected.event(
      "the failed start", {{"exception/values/-1/type", "CacheError"},
                           {"exception/values/-1/module", "bot"},
                           {"contexts/extra/service", "bot::Cache"},
                           {"contexts/extra/initialization_step", "connect"},
                           {"tags/error.captured_safely", "true"},
                           {"breadcrumbs/values/-1/message", "bot::db::Pool: open done"}});
  checks.equal("breadcrumbs of services that are up", 1U, size_at(event, "breadcrumbs/values"));
  expected.nothing_else();
}

}  // namespace demo
