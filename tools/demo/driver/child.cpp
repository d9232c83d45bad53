#include "driver/child.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace demo {

namespace {

using namespace std::chrono_literals;

struct Pipe {
  int read = -1;
  int write = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  return {ends[0], ends[1]};
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Ours, without what would configure the child's picket behind our back.
std::vector<std::string> clean_environment() {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with("SENTRY_")) variables.emplace_back(*variable);
  }
  return variables;
}

pid_t start(std::vector<std::string> arguments, int input, int output, int errors) {
  std::vector<std::string> environment = clean_environment();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
  pid_t id = -1;
  const int fault = posix_spawn(&id, arguments[0].c_str(), &actions, nullptr,
                                pointers_to(arguments).data(), pointers_to(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (fault != 0) throw std::system_error(fault, std::generic_category(), arguments[0]);
  return id;
}

void read_lines(int descriptor, Lines& lines) {
  std::string rest;
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    rest.append(buffer.data(), static_cast<std::size_t>(count));
    std::size_t start = 0;
    for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', start)) {
      lines.add(rest.substr(start, end - start));
      start = end + 1;
    }
    rest.erase(0, start);
  }
  if (!rest.empty()) lines.add(std::move(rest));
  lines.end();
  close(descriptor);
}

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

void Lines::add(std::string line) {
  {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }
  changed_.notify_all();
}

void Lines::end() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
}

std::optional<std::string> Lines::wait_for(const Match& match, std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  std::size_t seen = 0;
  std::optional<std::string> found;
  changed_.wait_for(lock, timeout, [&] {
    for (; !found && seen < lines_.size(); ++seen) {
      if (match(lines_[seen])) found = lines_[seen];
    }
    return found || ended_;
  });
  return found;
}

bool Lines::wait_for_count(std::size_t count, const Match& match,
                           std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  std::size_t seen = 0;
  std::size_t fitting = 0;
  changed_.wait_for(lock, timeout, [&] {
    for (; seen < lines_.size(); ++seen) fitting += match(lines_[seen]) ? 1 : 0;
    return fitting >= count || ended_;
  });
  return fitting >= count;
}

std::vector<std::string> Lines::all() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

Child::Child(const std::vector<std::string>& arguments) {
  const Pipe input = make_pipe();
  const Pipe output = make_pipe();
  const Pipe errors = make_pipe();
  id_ = start(arguments, input.read, output.write, errors.write);
  for (const int ours : {input.read, output.write, errors.write}) close(ours);
  input_ = input.write;
  readers_.emplace_back([this, output] { read_lines(output.read, output_); });
  readers_.emplace_back([this, errors] { read_lines(errors.read, errors_); });
}

Child::~Child() {
  close_input();
  if (exit_code_) return;
  ask_to_stop();
  if (wait_for_exit(5s)) return;
  kill(id_, SIGKILL);
  wait_for_exit(5s);
}

void Child::write_line(std::string_view line) {
  std::string bytes(line);
  bytes += '\n';
  for (std::string_view left = bytes; !left.empty();) {
    const ssize_t count = write(input_, left.data(), left.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw std::system_error(errno, std::generic_category(), "write to a child");
    left.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Child::close_input() noexcept {
  if (input_ >= 0) close(std::exchange(input_, -1));
}

void Child::ask_to_stop() const noexcept {
  if (!exit_code_) kill(id_, SIGTERM);
}

std::optional<int> Child::wait_for_exit(std::chrono::milliseconds timeout) {
  if (exit_code_) return exit_code_;
  // A descriptor of the process becomes readable when it ends: a wait with a limit, without
  // polling.
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, id_, 0));
  pollfd waiting{handle, POLLIN, 0};
  const int ready = poll(&waiting, 1, static_cast<int>(timeout.count()));
  close(handle);
  if (ready <= 0) return std::nullopt;
  int status = 0;
  if (waitpid(id_, &status, 0) == id_) exit_code_ = code_of(status);
  readers_.clear();
  return exit_code_;
}

std::size_t Child::resident_memory() const {
  std::ifstream status("/proc/" + std::to_string(id_) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::strtoull(line.c_str() + 6, nullptr, 10);
  }
  return 0;
}

std::size_t Child::socket_count() const {
  std::size_t count = 0;
  std::error_code gone;
  const std::filesystem::path folder = "/proc/" + std::to_string(id_) + "/fd";
  for (const auto& entry : std::filesystem::directory_iterator(folder, gone)) {
    const auto target = std::filesystem::read_symlink(entry, gone).string();
    count += target.starts_with("socket:") ? 1U : 0U;
  }
  return count;
}

}  // namespace demo
