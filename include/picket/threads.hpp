#pragma once

// Hangs: what the threads of the program are doing, told while they do it.
//
//   picket::capture_threads("the queue does not move");       // all stacks, in one event
//
//   picket::Watchdog watchdog("mixer", 5s);                   // once for a loop
//   for (;;) { watchdog.heartbeat(); mix(); }                 // silent for 5 s: one event
//
//   auto transaction = picket::start_transaction({.op = "http.server", .name = "GET /orders"});
//   const picket::SpanDeadline deadline(transaction, 1s);     // still running after 1 s: one event
//
// A thread is asked for its stack by a real-time signal that the host does not use, so what it does
// is interrupted for some microseconds. System calls go on (the handler is set up with SA_RESTART:
// `read`, `write`, `accept`, `connect`, `recv`, `send`, `wait`, `flock`, `fcntl` with F_SETLKW
// ...), but for those that the kernel ends with EINTR at any signal, whatever a handler asks for:
//
//   sleep, usleep, nanosleep, clock_nanosleep (with the time that is left), pause, sigsuspend,
//   poll, ppoll, select, pselect, epoll_wait, epoll_pwait, sigwaitinfo, sigtimedwait,
//   semop, semtimedop, msgrcv, msgsnd, io_getevents,
//   and accept, connect, recv and send on sockets with SO_RCVTIMEO or SO_SNDTIMEO.
//
// Code that calls these has to expect EINTR anyway; `std::this_thread::sleep_for`, locks, condition
// variables and semaphores do. A deadline interrupts the one
// thread that it is about; a stalled watchdog and `capture_threads` interrupt all of them.
// Threads that block all signals, that are stopped, or that sleep where no signal wakes them are
// told by name and state alone. At most 64 threads are told, of each the newest 128 calls.
//
// Watchdogs and deadlines share one thread of picket, `picket-watch`, which runs from the first of
// them to `close`. In the child of a fork it starts with the first one that is made there.

#include "picket/client.hpp"
#include "picket/event_id.hpp"
#include "picket/export.hpp"
#include "picket/level.hpp"
#include "picket/source_location.hpp"
#include "picket/tracing.hpp"

#include <chrono>
#include <memory>
#include <string_view>

namespace picket {

namespace sdk {
class WatchedLoop;
class WatchedSpan;
}  // namespace sdk

/// Captures an event with the text `reason` and all threads: their names, their states, and their
/// stacks, named on the worker. The calling thread is flagged as `current`. The level is `error`,
/// unless `options` has another.
/// Errors:  nil while off. Threads that do not answer within `timeout` are told without a stack.
/// Threads: any; waits for `timeout` at most, and for microseconds where no thread is stuck in the
///          kernel.
/// Spec:    P3.10.
PICKET_EXPORT EventId
capture_threads(std::string_view reason, const CaptureOptions& options = {},
                std::chrono::milliseconds timeout = std::chrono::milliseconds(200),
                SourceLocation location = SourceLocation::current()) noexcept;

/// How a watchdog reports.
/// Lifetime: borrowed until the call returns.
struct WatchdogOptions {
  Level level = Level::error;
  bool all_threads = true;  // false: interrupts and tells the silent thread alone
};

/// Reports a loop that has stopped turning, once for each stall, and while it lasts: an exception
/// of the type `Stalled` with the stack of the thread that beat last (before the first beat: the
/// one that made the watchdog), and the stacks of all others. When the loop beats again, a
/// breadcrumb tells how long it was silent. The report and the breadcrumb go to the scopes that
/// were current where the watchdog was made. One that is made while picket is off waits for `init`.
/// Units:   a stall is seen between `timeout` and a quarter more after the last beat; `timeout` is
///          10 ms at least.
/// Threads: any; every call is noexcept. Moving is for the owner alone.
class [[nodiscard]] PICKET_EXPORT Watchdog {
 public:
  Watchdog() noexcept;  // watches nothing
  Watchdog(std::string_view name, std::chrono::milliseconds timeout,
           const WatchdogOptions& options = {}) noexcept;
  Watchdog(Watchdog&& other) noexcept;
  Watchdog& operator=(Watchdog&& other) noexcept;
  ~Watchdog();

  /// Says that the loop turns: one atomic store, no clock, no lock, no allocation.
  void heartbeat() const noexcept;

  /// While one lives nobody is waiting for a beat: for work that may take long, or a loop that
  /// waits for work. Several may overlap. Its end counts as a beat.
  /// Lifetime: may outlive the watchdog.
  class [[nodiscard]] PICKET_EXPORT Pause {
   public:
    explicit Pause(const Watchdog& watchdog) noexcept;
    ~Pause();
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    std::shared_ptr<sdk::WatchedLoop> loop_;
  };

  /// `const auto pause = watchdog.pause();`
  Pause pause() const noexcept { return Pause(*this); }

 private:
  std::shared_ptr<sdk::WatchedLoop> loop_{};
};

/// Reports a span, or a transaction, that is still running when `timeout` is over, while it runs:
/// an exception of the type `DeadlineExceeded` with the stack of the thread that made this object,
/// linked to the span's trace, with the scopes that were current there. Make it on the thread that
/// does the work; the earlier of the ends of this object and of the span calls it off.
/// Errors:  does nothing for a span that swallows everything, or has ended. A span that is not
///          sampled is reported too.
/// Threads: made and ended on any; costs an allocation and a lock that nobody holds for long.
class [[nodiscard]] PICKET_EXPORT SpanDeadline {
 public:
  SpanDeadline(const SpanHandle& span, std::chrono::milliseconds timeout) noexcept;

  /// For the calling thread's current span.
  explicit SpanDeadline(std::chrono::milliseconds timeout) noexcept;
  ~SpanDeadline();
  SpanDeadline(const SpanDeadline&) = delete;
  SpanDeadline& operator=(const SpanDeadline&) = delete;

 private:
  std::shared_ptr<sdk::WatchedSpan> span_{};
};

}  // namespace picket
