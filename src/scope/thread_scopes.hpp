#pragma once

// Which scopes the calling thread is in, and the process-wide global scope. After a thread's locals
// have been torn down, every function here works on throw-away scopes.

#include "scope/scope_state.hpp"

#include <atomic>
#include <cstddef>
#include <memory>

namespace picket::scope {

/// Null members are made on first use. `current` is null outside temporary scopes.
struct ThreadScopes {
  std::shared_ptr<ScopeState> isolation{};
  std::shared_ptr<ScopeState> current{};
};

/// The process-wide outermost scope; never destroyed.
const std::shared_ptr<ScopeState>& global_scope();

/// The isolation scope of the calling thread, made if need be; never null.
std::shared_ptr<ScopeState> isolation_scope();

/// The temporary scope of the calling thread, or null.
std::shared_ptr<ScopeState> current_scope() noexcept;

/// The scope that setters write to: the temporary one, else the isolation scope.
std::shared_ptr<ScopeState> innermost_scope();

/// Replaces the calling thread's scopes and returns the former ones.
ThreadScopes exchange(ThreadScopes scopes) noexcept;

/// Process-wide cap for `add_breadcrumb` and the clock for its time stamps; set by `init`.
void set_breadcrumb_policy(std::size_t max, Clock clock);

}  // namespace picket::scope
