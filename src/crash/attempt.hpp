#pragma once

// Steps of the handler that may fail: unwinding a smashed stack faults, a lock of the loader may
// never come free, a disk may hang. `attempt` runs one, and comes back when it is done, when it has
// faulted, or when its time is over: a timer then sends the thread the signal that it handles
// already. The handler sees both as a second signal on the same thread, and calls `give_up_step`.
//
// What a step leaves behind when it is given up is never cleaned up: it owns nothing.

#include "base/deadline.hpp"

#include <chrono>
#include <csetjmp>
#include <csignal>

namespace picket::crash {

/// Steps may be nested.
struct Step {
  sigjmp_buf back{};
  Step* outer = nullptr;
  base::Deadline until{};
};

/// The timer of the thread that tells, for the length of its turn. `signal` is the one it handles.
/// Threads: signal handler; one at a time; so all of this file.
void open_steps(int signal, int thread) noexcept;
void close_steps() noexcept;

void enter(Step& step, base::Deadline until) noexcept;
void leave(Step& step) noexcept;

/// Goes back to the innermost step of the calling thread; returns when there is none.
void give_up_step() noexcept;

/// A signal of the timer, which came when its step was over.
bool is_late_timer(const siginfo_t& info) noexcept;

/// Runs `work`. False: it was given up.
template <class Work>
[[gnu::noinline]] bool attempt(base::Deadline until, Work&& work) noexcept {
  Step step;
  if (sigsetjmp(step.back, 1) != 0) {
    leave(step);
    return false;
  }
  enter(step, until);
  work();
  leave(step);
  return true;
}

}  // namespace picket::crash
