#pragma once

// The terminate handler: an exception that nobody catches becomes a fatal event with its type, its
// text and the stack, with the scopes of its thread. The standard library calls it on the stack of
// the throw, which is still whole when there is no handler at all. What calls `std::terminate`
// without an exception (a joinable thread that is destroyed, a pure virtual call) is told as that.
//
// Then the handler from before is called, so the process ends as it would have. The SIGABRT that
// follows is not told again, see `once.hpp`; what could not be delivered from here, because the
// worker itself has failed or there is no memory, is told by the signal handler.

#include "client/core.hpp"
#include "picket/options.hpp"

#include <memory>

namespace picket::crash {

/// Has the signal handler tell what an uncaught exception was, while `init` is at work: until there
/// is a client to report it, that handler alone can. Ended by `watch_terminate`, or by
/// `unwatch_without_client`.
/// Threads: init.
void watch_for_init(const Options& options) noexcept;
void unwatch_without_client() noexcept;

/// Reports for `core` from now on, if its options want it. One at a time: the last one counts.
/// Threads: init.
/// Spec:    P7.19 rule 5, C057, C178.
void watch_terminate(const std::shared_ptr<client::Core>& core) noexcept;

/// Reports no longer for `core`, and puts the handler from before back, if ours is still the
/// process's. Does nothing for a core that is not the watched one.
/// Threads: init.
void unwatch_terminate(const std::shared_ptr<client::Core>& core) noexcept;

}  // namespace picket::crash
