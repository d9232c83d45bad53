#pragma once

// A child process: its input can be written, its output is read by threads as it comes, and every
// wait has a limit. At its end the process is asked to stop, then made to, by its id.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/types.h>

namespace demo {

/// Lines that arrive from another thread.
class Lines {
 public:
  using Match = std::function<bool(const std::string&)>;

  void add(std::string line);
  void end();

  /// The first line that fits; nothing when the stream ends or `timeout` passes before.
  std::optional<std::string> wait_for(const Match& match, std::chrono::milliseconds timeout);

  /// True once there are `count` lines that fit.
  bool wait_for_count(std::size_t count, const Match& match, std::chrono::milliseconds timeout);

  [[nodiscard]] std::vector<std::string> all() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
  bool ended_ = false;
};

class Child {
 public:
  /// Starts `arguments[0]`. Variables of the environment that configure picket are not handed on.
  /// Errors: throws `std::system_error`.
  explicit Child(const std::vector<std::string>& arguments);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t id() const noexcept { return id_; }
  [[nodiscard]] Lines& output() noexcept { return output_; }
  [[nodiscard]] Lines& errors() noexcept { return errors_; }

  void write_line(std::string_view line);
  void close_input() noexcept;

  /// Sends SIGTERM.
  void ask_to_stop() const noexcept;

  /// The exit code, or 128 and the signal; nothing when it still runs after `timeout`.
  /// Whatever it wrote has been read by then.
  std::optional<int> wait_for_exit(std::chrono::milliseconds timeout);

  /// Memory in use, or 0 when the process is gone. Units: KiB.
  [[nodiscard]] std::size_t resident_memory() const;

  /// Open sockets of the process.
  [[nodiscard]] std::size_t socket_count() const;

 private:
  pid_t id_ = -1;
  int input_ = -1;
  std::optional<int> exit_code_;
  Lines output_;
  Lines errors_;
  std::vector<std::jthread> readers_;  // last: they use the members above
};

}  // namespace demo
