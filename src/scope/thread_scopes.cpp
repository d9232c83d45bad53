#include "scope/thread_scopes.hpp"

#include "base/fork.hpp"
#include "base/guarded.hpp"
#include "base/never_destroyed.hpp"
#include "scope/thread_slot.hpp"
#include "scope/unwound.hpp"

#include <atomic>
#include <utility>

namespace picket::scope {
namespace {

using Slot = ThreadSlot<ThreadScopes>;

std::atomic<std::size_t> breadcrumb_limit{Options{}.max_breadcrumbs};

// Most processes have the system's clock, which needs no lock to be found.
std::atomic<bool> has_own_clock{false};

// Never destroyed, like the global scope: static destructors of the host may still leave notes.
constinit base::NeverDestroyed<
    base::Guarded<Clock, base::StaticMutex<base::StaticLock::breadcrumb_clock>>>
    own_clock;

using Global = const std::shared_ptr<ScopeState>;
constinit std::atomic<Global*> the_global{nullptr};

const std::shared_ptr<ScopeState>& isolation_of(ThreadScopes& scopes) {
  if (scopes.isolation == nullptr) scopes.isolation = std::make_shared<ScopeState>();
  return scopes.isolation;
}

}  // namespace

const std::shared_ptr<ScopeState>& global_scope() {
  // Not a static that is made on first use: its making would never end in the child of a fork that
  // came in the middle of it.
  Global* present = the_global.load(std::memory_order_acquire);
  if (present != nullptr) return *present;
  auto made = std::make_unique<Global>(std::make_shared<ScopeState>());
  return *(the_global.compare_exchange_strong(present, made.get()) ? made.release() : present);
}

const ThreadScopes* peek_scopes() noexcept { return Slot::peek(); }

const ScopeState* peek_global_scope() noexcept {
  Global* const global = the_global.load(std::memory_order_acquire);
  return global != nullptr ? global->get() : nullptr;
}

std::shared_ptr<ScopeState> isolation_scope() {
  ThreadScopes* const scopes = Slot::get();
  return scopes != nullptr ? isolation_of(*scopes) : std::make_shared<ScopeState>();
}

std::shared_ptr<ScopeState> current_scope() noexcept {
  const ThreadScopes* const scopes = Slot::get();
  return scopes != nullptr ? scopes->current : nullptr;
}

std::shared_ptr<ScopeState> innermost_scope() {
  ThreadScopes* const scopes = Slot::get();
  if (scopes == nullptr) return std::make_shared<ScopeState>();
  return scopes->current != nullptr ? scopes->current : isolation_of(*scopes);
}

tracing::ActiveSpan active_span() noexcept {
  const ThreadScopes* const scopes = Slot::get();
  if (scopes == nullptr || !scopes->span.tree) return {};
  const tracing::SpanTree& tree = *scopes->span.tree;
  return tree.has_ended() || tree.is_forked() ? tracing::ActiveSpan{} : scopes->span;
}

tracing::ActiveSpan exchange_span(tracing::ActiveSpan span) noexcept {
  ThreadScopes* const scopes = Slot::get();
  return scopes != nullptr ? std::exchange(scopes->span, std::move(span)) : tracing::ActiveSpan{};
}

void leave_span(const tracing::SpanTree* tree, base::SpanId id,
                tracing::ActiveSpan former) noexcept {
  ThreadScopes* const scopes = Slot::get();
  if (scopes == nullptr || scopes->span.tree.get() != tree || scopes->span.id != id) return;
  std::swap(scopes->span, former);  // the one that was current dies with `former`
}

ThreadScopes exchange(ThreadScopes scopes) noexcept {
  ThreadScopes* const mine = Slot::get();
  return mine != nullptr ? std::exchange(*mine, std::move(scopes)) : ThreadScopes{};
}

ScopeGuard enter(ThreadScopes scopes) {
  forget_unwound();
  auto former = std::make_unique<ThreadScopes>();  // first: nothing may fail once it is entered
  *former = exchange(std::move(scopes));
  return ScopeGuard(std::move(former));
}

ScopeGuard enter_temporary_scope() {
  const auto outer = current_scope();
  return enter({.isolation = isolation_scope(),
                .current = outer != nullptr ? outer->fork() : std::make_shared<ScopeState>(),
                .span = active_span()});
}

ScopeGuard enter_isolation_scope() {
  const auto temporary = current_scope();
  return enter({.isolation = isolation_scope()->fork(),
                .current = temporary != nullptr ? temporary->fork() : nullptr,
                .span = active_span()});
}

void set_breadcrumb_policy(std::size_t max, Clock clock) {
  const bool own = !clock.is_system();
  (*own_clock).with([&](Clock& present) { std::swap(present, clock); });
  has_own_clock.store(own, std::memory_order_release);
  breadcrumb_limit.store(max, std::memory_order_relaxed);
}

std::size_t max_breadcrumbs() noexcept { return breadcrumb_limit.load(std::memory_order_relaxed); }

WallTime breadcrumb_time() noexcept {
  if (!has_own_clock.load(std::memory_order_acquire)) return Clock().wall();
  const Clock clock = (*own_clock).with([](const Clock& present) { return present; });
  return clock.wall();
}

}  // namespace picket::scope
