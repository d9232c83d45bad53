#pragma once

// From a signal handler to a thread: the handler marks the signal and wakes the reader of a pipe.
// The system calls of it are in `signals_linux.cpp`; `signals.cpp` decides what a signal means.

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace picket::service {

/// Watches signals from `open` to `close`, in the process that opened it. One at a time.
class SignalWire {
 public:
  /// Null, and `error` says why: another one is open, or the system refused.
  static std::unique_ptr<SignalWire> open(const std::vector<int>& signals, std::string& error);
  ~SignalWire();
  SignalWire(const SignalWire&) = delete;
  SignalWire& operator=(const SignalWire&) = delete;

  /// Waits for signals and returns each that arrived, once; none after `interrupt`.
  /// Threads: one reader.
  [[nodiscard]] std::vector<int> wait();

  /// From now on `wait` returns at once. Threads: any.
  void interrupt() noexcept;

  /// Puts the former handlers back. One that was set above ours stays, and ours below it only
  /// passes signals on. Threads: any; a second time does nothing.
  void release_handlers() noexcept;

  /// True if nobody handled or ignored the signal before.
  [[nodiscard]] bool was_unhandled(int signal) const noexcept;

  /// What the signal does to a process that does not handle it.
  void take_usual_effect(int signal) const noexcept;

  /// False in the child of a fork: there its pipe is closed and its reader does not exist.
  [[nodiscard]] bool is_of_this_process() const noexcept;

 private:
  SignalWire() = default;

  [[nodiscard]] bool open_pipe() noexcept;
  void close_pipe() noexcept;

  std::vector<int> signals_{};
  int read_end_ = -1;
  int write_end_ = -1;
  pid_t process_ = 0;
  bool holds_handlers_ = false;
};

/// `SIGTERM` for its number; of rare ones the number alone.
std::string signal_name(int signal);

}  // namespace picket::service
