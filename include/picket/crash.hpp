#pragma once

// Crashes: SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGTRAP and SIGSYS.
//
// `picket::init` handles them while `Options::capture_crashes` is set, until its guard ends. The
// handler takes what is known of the failure (signal, registers, stack, scopes of the thread that
// failed) without allocating, writes it to `Options::spool_directory` if there is one, wakes a
// thread that was started for this alone, and waits for it: at most `Options::crash_timeout` in
// all. That thread makes an event of it and has the worker send it ahead of everything else. Then
// the handler that was there before picket's is called, or the process ends as it would have.
//
// What was written to the directory and could not be sent is sent by the next process that uses the
// directory, under the same event id, so that the server sees it once; it names the frames, as long
// as the files of the modules are the same builds. Without a directory nothing is written, and what
// cannot be sent in time is lost. What fails while `init` is at work is written alone.
//
// What it does not do: hooks never run in signal context, so an event that the next process sends
// has not been seen by `before_send` and its like; secrets in it are masked, but they lay on disk
// until then, in a file that only the user may read. The handler sees no crash of a thread that
// blocks the signal, none after `SIGKILL`, and none that comes when the kernel has no memory left.
// A handler that the host installs later takes picket's place. A fault that a handler from before
// repairs, as managed runtimes do, is reported the first time that its instruction fails; name such
// signals in `Options::crash_signals_left_alone`.

#include "picket/export.hpp"

#include <cstddef>
#include <optional>

namespace picket {

/// Gives the calling thread a second stack for signal handlers, without which the overflow of its
/// own stack cannot be reported. The thread that calls `init` and picket's own threads have one. A
/// thread that has one already is left alone.
/// Threads: ends on the thread that made it.
class [[nodiscard]] PICKET_EXPORT AlternateStack {
 public:
  AlternateStack() noexcept;
  ~AlternateStack();
  AlternateStack(const AlternateStack&) = delete;
  AlternateStack& operator=(const AlternateStack&) = delete;

  /// False when the thread had one, or there is no memory for it.
  [[nodiscard]] bool is_ours() const noexcept;

 private:
  alignas(void*) std::byte memory_[4 * sizeof(void*)];
};

/// Whether an earlier run that used the same `spool_directory` ended in a crash that nobody has
/// been told of yet. Nothing: not known, because there is no directory or `init` has not been
/// called. Threads: any. Spec: P7.18.
PICKET_EXPORT std::optional<bool> crashed_last_run() noexcept;

}  // namespace picket
