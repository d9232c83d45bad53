#include "harness.hpp"

#include <cstdlib>
#include <new>
#include <string>

namespace picket::bench {
namespace {

thread_local constinit std::size_t allocated = 0;

class Discard final : public Transport {
 public:
  TransportResponse send(std::string_view) override { return {.status = 200}; }
};

}  // namespace

std::size_t allocations() noexcept { return allocated; }

Stage::Stage(World world, Options options) {
  if (world == World::off) return;
  options.dsn = "http://key@localhost:9/1";
  options.release = "bench@1";
  options.transport = std::make_shared<Discard>();
  guard_.emplace(init(std::move(options)));
  unit_of_work_ = isolate();
  configure_scope([](Scope& scope) { scope.clear(); });
}

void Stage::fill_scope(std::int64_t breadcrumbs) {
  set_tag("feature", "ban");
  set_tag("guild_size", "large");
  set_tag("command_type", "moderation");
  set_user({.id = "123456789012345678", .username = "ann"});
  set_context("database", {{"pool_size", 10}, {"active", 3}});
  for (std::int64_t i = 0; i < breadcrumbs; ++i) {
    add_breadcrumb("step of a command", {.category = "command", .data = {{"step", i}}});
  }
}

}  // namespace picket::bench

void* operator new(std::size_t size) {
  ++picket::bench::allocated;
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
