#pragma once

// Takes the raw stacks of all threads of the process: for the report of a crash, for a watchdog,
// and for `capture_threads`. Nothing is named here (`stacktrace/symbolizer.hpp` does that later)
// and nothing is allocated.
//
// Each thread writes its own stack, in the handler of a real-time signal that was free when
// `prepare_thread_stacks` looked, from SIGRTMAX downwards: hosts count from SIGRTMIN upwards. The
// signal is kept for the life of the process: giving it back could let a late one end the process.
// When the host takes it over, the next collection finds another one.
//
// What a host notices: system calls go on (SA_RESTART) and errno is kept, but the kernel ends some
// calls with EINTR whatever a handler asks for: nanosleep and its like, poll, select, epoll_wait,
// sigtimedwait, semop, msgrcv, io_getevents, and socket calls with a timeout (signal(7)).
// `std::this_thread::sleep_for`, condition variables, mutexes and semaphores go on by themselves.
// So nobody is asked without need: threads that block the signal, are stopped, or sleep where no
// signal wakes them are told by name and state alone.
//
// A thread may answer after the time is up. It then finds its request withdrawn, or, when it is in
// the middle of its answer, goes on to write into memory that is set aside until it has finished:
// the memory is static, and a slot that is being written to is used for nobody else.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace picket::stacktrace {

inline constexpr std::size_t kMaxThreads = 64;        // those with the lowest numbers, about oldest
inline constexpr std::size_t kMaxThreadFrames = 128;  // the newest

/// Why a thread has a stack, or has none.
enum class StackOutcome : unsigned char {
  taken,
  caller,   // the thread that collects; it knows its own stack
  blocked,  // it blocks the signal
  asleep,   // where no signal wakes it, or stopped, or dead
  late,     // no answer in time, or none that its unwind tables allow
  gone,     // it ended, or the signal could not be sent
};

struct ThreadStack {
  std::int32_t id = 0;  // the kernel's, as `gettid` has it
  char state = '?';     // the kernel's letter: R running, S sleeping, D in the kernel, T stopped
  bool is_main = false;
  StackOutcome outcome = StackOutcome::late;
  std::array<char, 64> name_text{};  // ends with a zero; the kernel's escapes are resolved

  /// Newest first. The first is where the thread is, exactly; the others are return addresses.
  /// Lifetime: as that of the `ThreadStacks`.
  std::span<const std::uintptr_t> addresses{};

  [[nodiscard]] std::string_view name() const noexcept { return name_text.data(); }
};

/// The kernel's word for a state: `running`, `sleeping`, `disk sleep`, `stopped`, `zombie`...
/// Threads: any; async-signal-safe.
std::string_view state_name(char state) noexcept;

/// Chooses the signal, sets the handler and loads what unwinding needs. Again: does nothing.
/// Errors:  false when no real-time signal is free; threads are then told by name alone.
/// Threads: any ordinary thread, first at init.
bool prepare_thread_stacks() noexcept;

/// The signal in use; 0: none. For tests.
int thread_stacks_signal() noexcept;

/// For handlers of faults, first of all. A thread that faults while it walks its own stack, as over
/// unwind tables that tell lies, goes on behind the walk and answers with nothing: this call does
/// not return. For every other thread it does nothing.
/// Threads: signal handler of SIGSEGV or SIGBUS, on the thread that has faulted.
void escape_from_answer() noexcept;

/// Of two collections at a time each has memory of its own: a crash does not wait for a watchdog.
enum class StacksOwner : unsigned char { host, crash };

/// One collection. The object is small (about 8 KiB of names, no stacks) and lies where the caller
/// has room; the stacks lie in static memory that the object holds until its end.
/// Errors:  `is_busy()` when another object of the same owner lives, and did not end within
///          `max_milliseconds`; then there are no threads in it.
/// Units:   `max_milliseconds` is the bound of everything that waits in here.
/// Threads: any; async-signal-safe after `prepare_thread_stacks`. Without it, names alone.
class ThreadStacks {
 public:
  /// `only`: that thread alone is interrupted and told; 0: all of them.
  ThreadStacks(StacksOwner owner, unsigned max_milliseconds, std::int32_t only = 0) noexcept;
  ~ThreadStacks();
  ThreadStacks(const ThreadStacks&) = delete;
  ThreadStacks& operator=(const ThreadStacks&) = delete;

  /// In the order of their numbers, the caller among them.
  [[nodiscard]] std::span<const ThreadStack> threads() const noexcept {
    return {threads_.data(), size_};
  }

  /// Threads that found no room.
  [[nodiscard]] std::size_t left_out() const noexcept { return left_out_; }
  [[nodiscard]] bool is_busy() const noexcept { return is_busy_; }

 private:
  struct Collector;

  std::array<ThreadStack, kMaxThreads> threads_;  // set as far as `size_`
  std::size_t size_ = 0;
  std::size_t left_out_ = 0;
  StacksOwner owner_;
  bool is_busy_ = false;
};

}  // namespace picket::stacktrace
