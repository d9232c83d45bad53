#pragma once

// Scopes that an exception has left on its way to a handler. With `Options::keep_unwound_context`
// the innermost of them is kept for the next capture of an exception on that thread, which is most
// often the one in that handler.

#include "scope/thread_scopes.hpp"

namespace picket::scope {

/// Process-wide; set by `init`.
void set_keep_unwound(bool keep) noexcept;

/// Keeps what a guard left by an exception had made current, unless one further in was first.
void keep_unwound(ThreadScopes left) noexcept;

/// What was kept, once; empty members when there is nothing.
ThreadScopes take_unwound() noexcept;

/// A new unit of work has nothing to do with an exception that somebody swallowed before.
void forget_unwound() noexcept;

}  // namespace picket::scope
