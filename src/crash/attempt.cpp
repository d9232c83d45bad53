#include "crash/attempt.hpp"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace picket::crash {
namespace {

constexpr int kTimerMark = 0x7069636b;  // tells our timer's signals from those of others

// The thread that tells alone touches these.
constinit std::atomic<Step*> innermost{nullptr};
constinit std::atomic<int> telling_thread{0};
constinit int timer = -1;

// The wrappers of the C library may allocate; the calls themselves do not.
void arm(base::Deadline until) noexcept {
  if (timer < 0) return;
  using std::chrono::nanoseconds;
  constexpr nanoseconds kAtOnce{1};
  const auto left = std::max<nanoseconds>(until - base::deadline_in({}), kAtOnce);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  itimerspec when{};
  when.it_value.tv_sec = static_cast<time_t>(seconds.count());
  when.it_value.tv_nsec = static_cast<long>((left - seconds).count());
  syscall(SYS_timer_settime, timer, 0, &when, nullptr);
}

void disarm() noexcept {
  if (timer < 0) return;
  const itimerspec never{};
  syscall(SYS_timer_settime, timer, 0, &never, nullptr);
}

}  // namespace

void open_steps(int signal, int thread) noexcept {
  innermost.store(nullptr);
  telling_thread.store(thread);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = signal;
  event.sigev_value.sival_int = kTimerMark;
  event.sigev_notify_thread_id = thread;
  int made = -1;
  timer = syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &made) == 0 ? made : -1;
}

void close_steps() noexcept {
  if (timer >= 0) syscall(SYS_timer_delete, timer);
  timer = -1;
  telling_thread.store(0);
}

void enter(Step& step, base::Deadline until) noexcept {
  step.outer = innermost.load();
  step.until = step.outer != nullptr ? std::min(until, step.outer->until) : until;
  innermost.store(&step);
  arm(step.until);
}

void leave(Step& step) noexcept {
  innermost.store(step.outer);
  if (step.outer != nullptr) {
    arm(step.outer->until);
  } else {
    disarm();
  }
}

void give_up_step() noexcept {
  if (telling_thread.load() != static_cast<int>(syscall(SYS_gettid))) return;
  Step* const step = innermost.load();
  if (step != nullptr) siglongjmp(step->back, 1);
}

bool is_late_timer(const siginfo_t& info) noexcept {
  return info.si_code == SI_TIMER && info.si_value.sival_int == kTimerMark;
}

}  // namespace picket::crash
