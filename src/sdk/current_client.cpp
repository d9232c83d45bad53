#include "sdk/current_client.hpp"

#include "base/contain.hpp"
#include "base/diagnostics.hpp"
#include "base/fork.hpp"
#include "base/never_destroyed.hpp"
#include "scope/thread_scopes.hpp"
#include "scope/unwound.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>

namespace picket {

std::atomic<bool> detail::active_flag{false};

namespace sdk {
namespace {

struct Binding {
  base::StaticMutex<base::StaticLock::binding> mutex;
  std::shared_ptr<client::Core> current;
  std::shared_ptr<client::Core> last;
};

constinit base::NeverDestroyed<Binding> the_binding;

Binding& binding() noexcept { return *the_binding; }

std::atomic<std::uint64_t> generation{0};  // counts changes of `Binding::current`

struct Cached {
  std::shared_ptr<client::Core> core;
  std::uint64_t generation = ~std::uint64_t{0};
  unsigned borrowers = 0;
  ~Cached();
};

thread_local constinit bool cache_is_gone = false;  // outlives `cache`
thread_local Cached cache;

Cached::~Cached() { cache_is_gone = true; }

void renew(Cached& stale) {
  std::shared_ptr<client::Core> former;  // its end may run the host's code; not under the lock
  const std::lock_guard lock(binding().mutex);
  stale.generation = generation.load(std::memory_order_relaxed);
  former = std::exchange(stale.core, binding().current);
}

void use_settings(const Options& options, Level least) noexcept {
  base::contain([&] {
    diag::configure(least, options.logger);
    scope::set_breadcrumb_policy(options.max_breadcrumbs, options.clock);
    scope::set_keep_unwound(options.keep_unwound_context);
  });
}

}  // namespace

BorrowedCore::BorrowedCore() noexcept {
  if (cache_is_gone) {
    owned_ = current_core();
    core_ = owned_.get();
    return;
  }
  Cached& mine = cache;
  const bool stale = mine.generation != generation.load(std::memory_order_acquire);
  if (stale && mine.borrowers == 0) renew(mine);
  ++mine.borrowers;
  core_ = mine.core.get();
}

BorrowedCore::~BorrowedCore() {
  if (!cache_is_gone && !owned_) --cache.borrowers;
}

std::shared_ptr<client::Core> current_core() noexcept {
  const std::lock_guard lock(binding().mutex);
  return binding().current;
}

std::shared_ptr<client::Core> last_core() noexcept {
  const std::lock_guard lock(binding().mutex);
  return binding().current ? binding().current : binding().last;
}

std::shared_ptr<client::Core> bind(std::shared_ptr<client::Core> core) noexcept {
  if (core) use_settings(core->config().options, core->config().diagnostic_level);
  std::shared_ptr<client::Core> before_last;  // its end may wait for a thread; not under the lock
  const std::lock_guard lock(binding().mutex);
  detail::active_flag.store(core && core->is_enabled(), std::memory_order_release);
  if (core) before_last = std::exchange(binding().last, core);
  auto former = std::exchange(binding().current, std::move(core));
  generation.fetch_add(1, std::memory_order_release);
  return former;
}

void unbind(const std::shared_ptr<client::Core>& core) noexcept {
  const std::lock_guard lock(binding().mutex);
  if (!core || binding().current != core) return;
  detail::active_flag.store(false, std::memory_order_release);
  binding().current = nullptr;
  generation.fetch_add(1, std::memory_order_release);
}

void forget_settings_of_unbound() noexcept {
  {
    const std::lock_guard lock(binding().mutex);
    if (binding().current) return;
  }
  use_settings(Options{}, Level::warning);
}

}  // namespace sdk
}  // namespace picket
