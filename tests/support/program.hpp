#pragma once

// Starts a program of the tests, waits for its end and keeps what it said. Nothing but its standard
// output is handed down to it.

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace picket::tests {

struct ProgramEnd {
  int code = -1;   // of its exit; -1: a signal, or it was ended for want of time
  int signal = 0;  // that ended it
  std::string output{};

  /// The rest of each line that begins with `word` and a blank.
  [[nodiscard]] std::vector<std::string> lines(std::string_view word) const {
    std::vector<std::string> found;
    const std::string start = std::string(word) + ' ';
    for (std::size_t at = 0; at < output.size();) {
      const std::size_t end = std::min(output.find('\n', at), output.size());
      const std::string_view line = std::string_view(output).substr(at, end - at);
      if (line.starts_with(start)) found.emplace_back(line.substr(start.size()));
      at = end + 1;
    }
    return found;
  }
};

/// Runs `command`, whose first word is a path. It ends when the program has, and all of its
/// children that hold its output; at `limit` it is killed.
inline ProgramEnd run_program(std::vector<std::string> command,
                              std::chrono::seconds limit = std::chrono::seconds(60)) {
  int ends[2] = {};
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::vector<char*> words;
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  pid_t process = 0;
  const int failed = posix_spawn(&process, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failed != 0) throw std::runtime_error("cannot start " + command[0]);

  ProgramEnd end;
  const auto until = std::chrono::steady_clock::now() + limit;
  std::array<char, 4096> bytes{};
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    pollfd readable{.fd = ends[0], .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || poll(&readable, 1, static_cast<int>(left.count())) <= 0) {
      kill(process, SIGKILL);
      break;
    }
    const ssize_t got = read(ends[0], bytes.data(), bytes.size());
    if (got <= 0) break;
    end.output.append(bytes.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  if (waitpid(process, &status, 0) == process && WIFEXITED(status)) end.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  return end;
}

}  // namespace picket::tests
