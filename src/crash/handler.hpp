#pragma once

// The signal handlers of `Options::capture_crashes`. What happens when one of their signals comes:
//
//   handler.cpp        whose turn it is, and how the process ends or goes on
//   facts.cpp          what is known of the failure
//   crash_files.cpp    that it happened, and its report, on disk, if there is a place for them
//   messenger.cpp      its report on its way to the server
//
// The file is written first: it survives whatever comes next, and is removed again when the worker
// says that the event has been sent or lies in the spool. When the time ends in the middle of the
// sending the file stays, and the next process sends the event again, under the same id.

#include "client/core.hpp"

#include <memory>

namespace picket::crash {

/// Handles crashes while `init` is at work, for the client that is about to be made: there is
/// nobody yet who could send a report, so it lies in the spool directory until the next start.
/// Nothing without a directory, or when the options do not want it. `arm` goes on from there.
/// Threads: init.
void arm_for_init(const client::Config& config) noexcept;

/// Ends what `arm_for_init` began, if no client came of it.
/// Threads: init.
void disarm_without_client() noexcept;

/// Handles crashes from now on, for this client. Nothing when its options do not want it.
/// Threads: init.
void arm(const std::shared_ptr<client::Core>& core) noexcept;

/// Ends what `arm` began for this client: the handlers from before are put back where ours are
/// still on top; elsewhere ours only pass on.
/// Threads: init.
void disarm(const std::shared_ptr<client::Core>& core) noexcept;

}  // namespace picket::crash
