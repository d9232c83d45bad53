#pragma once

// Which scopes the calling thread is in, and the process-wide global scope. After a thread's locals
// have been torn down, every function here works on throw-away scopes.

#include "scope/scope_state.hpp"
#include "tracing/span_tree.hpp"

#include <cstddef>
#include <memory>

namespace picket::scope {

/// Null members are made on first use. `current` is null outside temporary scopes.
struct ThreadScopes {
  std::shared_ptr<ScopeState> isolation{};
  std::shared_ptr<ScopeState> current{};
  tracing::ActiveSpan span{};

  /// The current span; null when there is none, or its transaction has ended.
  [[nodiscard]] const tracing::ActiveSpan* active() const noexcept {
    const bool is_usable = span.tree && !span.tree->has_ended() && !span.tree->is_forked();
    return is_usable ? &span : nullptr;
  }
};

/// The process-wide outermost scope; never destroyed.
const std::shared_ptr<ScopeState>& global_scope();

/// The isolation scope of the calling thread, made if need be; never null.
std::shared_ptr<ScopeState> isolation_scope();

/// The temporary scope of the calling thread, or null.
std::shared_ptr<ScopeState> current_scope() noexcept;

/// The calling thread's scopes as they are, nothing made; null when it has none. Threads: any,
/// signal handler.
const ThreadScopes* peek_scopes() noexcept;

/// The calling thread's scopes themselves, the isolation scope made if need be; null once the
/// thread's locals are gone. Whoever may call the host meanwhile takes `scopes_here`: the host may
/// leave a scope. Lifetime: until the thread's scopes change.
ThreadScopes* scopes_in_place();

/// Owns the calling thread's scopes and its current span; `isolation` is not null.
ThreadScopes scopes_here();

/// The scope that setters write to: the temporary one, else the isolation scope; null once the
/// thread's locals are gone. Lifetime: until the thread's scopes change.
ScopeState* innermost_in_place();

/// The global scope if it has been made, else null. Threads: any, signal handler.
const ScopeState* peek_global_scope() noexcept;

/// The scope that setters write to: the temporary one, else the isolation scope.
std::shared_ptr<ScopeState> innermost_scope();

/// The calling thread's current span; empty when its transaction has ended.
tracing::ActiveSpan active_span() noexcept;

/// Where the thread keeps its current span, which may be empty or have ended; null once the
/// thread's locals are gone.
tracing::ActiveSpan* span_in_place() noexcept;

/// Replaces the current span and returns the former one.
tracing::ActiveSpan exchange_span(tracing::ActiveSpan span) noexcept;

/// Replaces the calling thread's scopes and returns the former ones.
ThreadScopes exchange(ThreadScopes scopes) noexcept;

/// As `exchange`; the guard puts the former ones back.
ScopeGuard enter(ThreadScopes scopes);

/// A temporary scope on top of the present one, until the guard ends. Inside another temporary
/// scope it starts as a fork of that one, so that merging the innermost covers them all.
/// Spec: S13.3.
ScopeGuard enter_temporary_scope();

/// An isolation scope forked from the present one, with the temporary scope, if any, forked too.
/// The current span stays: the work inside is a part of it. Without one the scope has a trace of
/// its own. Spec: S5.11.
ScopeGuard enter_isolation_scope();

/// Process-wide cap for `add_breadcrumb` and the clock for its time stamps; set by `init`.
void set_breadcrumb_policy(std::size_t max, Clock clock);
std::size_t max_breadcrumbs() noexcept;
WallTime breadcrumb_time() noexcept;

}  // namespace picket::scope
