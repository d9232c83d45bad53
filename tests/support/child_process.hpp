#pragma once

// Programs that tests start beside themselves: their output is kept, and they are gone, with their
// files, when the test is over.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace picket::test {

/// A private folder that goes away with this object.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

  /// Errors: throws when it cannot be written.
  std::string write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path folder_;
};

/// A program in the foreground; its output and its errors go into one file.
class ChildProcess {
 public:
  /// Errors: throws when there is no such program; `tools/setup.sh` installs what tests need.
  ChildProcess(const std::vector<std::string>& command, std::string output_file);
  ~ChildProcess();  // ends it, with force after five seconds
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] std::string output() const;
  [[nodiscard]] bool is_running();

  /// What it returned; waits for its end, for 20 seconds at most. -1: none, or a signal's.
  int wait();

 private:
  std::string output_file_;
  pid_t pid_ = -1;
  int status_ = -1;
};

/// The whole file; empty when there is none.
std::string read_file(const std::string& path);

/// Asks again and again, for 20 seconds at most, until the answer is yes.
bool eventually(const std::function<bool()>& question);

/// True if somebody takes connections on this port of the loopback device.
bool is_listening(int port);

/// Starts a program on a port that is free, and waits until it listens there; another one when
/// somebody else was faster. `command` is asked for the command with this port.
/// Errors: throws with the program's output when it does not come up.
struct PortedProcess {
  std::unique_ptr<ChildProcess> process{};
  int port = 0;
};
PortedProcess start_on_a_port(const std::function<std::vector<std::string>(int port)>& command,
                              const std::string& output_file);

}  // namespace picket::test
