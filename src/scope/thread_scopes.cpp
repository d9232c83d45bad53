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

ThreadScopes* scopes_in_place() {
  ThreadScopes* const scopes = Slot::get();
  if (scopes != nullptr) isolation_of(*scopes);
  return scopes;
}

ThreadScopes scopes_here() {
  ThreadScopes* const scopes = scopes_in_place();
  if (scopes == nullptr) return {.isolation = std::make_shared<ScopeState>()};
  ThreadScopes here{.isolation = scopes->isolation, .current = scopes->current};
  if (const auto* const span = scopes->active()) here.span = *span;
  return here;
}

ScopeState* innermost_in_place() {
  ThreadScopes* const scopes = Slot::get();
  if (scopes == nullptr) return nullptr;
  return scopes->current != nullptr ? scopes->current.get() : isolation_of(*scopes).get();
}

std::shared_ptr<ScopeState> innermost_scope() {
  ThreadScopes* const scopes = Slot::get();
  if (scopes == nullptr) return std::make_shared<ScopeState>();
  return scopes->current != nullptr ? scopes->current : isolation_of(*scopes);
}

tracing::ActiveSpan active_span() noexcept {
  const ThreadScopes* const scopes = Slot::get();
  const auto* const span = scopes != nullptr ? scopes->active() : nullptr;
  return span != nullptr ? *span : tracing::ActiveSpan{};
}

tracing::ActiveSpan* span_in_place() noexcept {
  ThreadScopes* const scopes = Slot::get();
  return scopes != nullptr ? &scopes->span : nullptr;
}

tracing::ActiveSpan exchange_span(tracing::ActiveSpan span) noexcept {
  ThreadScopes* const scopes = Slot::get();
  return scopes != nullptr ? std::exchange(scopes->span, std::move(span)) : tracing::ActiveSpan{};
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
  ThreadScopes scopes = scopes_here();
  scopes.current = scopes.current ? scopes.current->fork() : std::make_shared<ScopeState>();
  return enter(std::move(scopes));
}

ScopeGuard enter_isolation_scope() {
  ThreadScopes scopes = scopes_here();
  scopes.isolation = scopes.isolation->fork();
  if (scopes.current) scopes.current = scopes.current->fork();
  return enter(std::move(scopes));
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
