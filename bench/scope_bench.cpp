// What the calling thread pays for what it says about the circumstances: breadcrumbs, tags, a scope
// of its own, lines of the host's log.

#include "harness.hpp"
#include "picket/log.hpp"

namespace picket::bench {
namespace {

void breadcrumb(::benchmark::State& state, World world) {
  const Stage stage(state, world);
  measure(state, floor_clock_and_copy, note);
}

void set_tag(::benchmark::State& state, World world) {
  const Stage stage(state, world);
  measure(state, floor_load_and_branch, [] { picket::set_tag("feature", "ban"); });
}

/// A scope for one unit of work, made from a filled one and left again, with one tag of its own.
void scope_fork(::benchmark::State& state, World world) {
  const Stage stage(state, world);
  fill_scope(20);
  measure(state, floor_load_and_branch, [] {
    const ScopeGuard unit_of_work = isolate();
    picket::set_tag("command_type", "music");
  });
}

/// There are no log items on the wire: a line becomes a breadcrumb.
void log_line(::benchmark::State& state, World world) {
  const Stage stage(state, world);
  measure(state, floor_clock_and_copy, [] {
    log_record(Level::info, "app.db", kText, {{"number", 12}, {"text", "value"}});
  });
}

PICKET_BENCH_WORLDS(breadcrumb);
PICKET_BENCH_WORLDS(set_tag);
PICKET_BENCH_WORLDS(scope_fork);
PICKET_BENCH_WORLDS(log_line);

}  // namespace
}  // namespace picket::bench
