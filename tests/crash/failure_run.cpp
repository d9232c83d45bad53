#include "failure_run.hpp"

#include "ingest/server.hpp"
#include "support/temporary_directory.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <thread>

namespace picket::crash_tests {
namespace {

using namespace std::chrono_literals;
using ingest::IngestServer;

constexpr auto kLongest = 30s;

std::string end_of(int status) {
  if (WIFEXITED(status)) return "exit " + std::to_string(WEXITSTATUS(status));
  const char* const name = sigabbrev_np(WTERMSIG(status));
  return name == nullptr ? "signal " + std::to_string(WTERMSIG(status)) : "SIG" + std::string(name);
}

/// How the program ended; what it says is of no interest.
std::string end_of_program(std::vector<std::string> command) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int output : {STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0);
  }
  std::vector<char*> words;
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  pid_t process = 0;
  const int failed = posix_spawn(&process, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + command[0]);

  const int handle = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
  pollfd ended{.fd = handle, .events = POLLIN, .revents = 0};
  const bool in_time =
      poll(&ended, 1, static_cast<int>(std::chrono::milliseconds(kLongest).count())) > 0;
  if (!in_time) kill(process, SIGKILL);
  int status = 0;
  waitpid(process, &status, 0);
  ::close(handle);
  return in_time ? end_of(status) : "hangs";
}

std::unique_ptr<IngestServer> serve(std::uint16_t port = 0) {
  ingest::IngestOptions options;
  options.port = port;
  return IngestServer::start(std::move(options)).value();
}

std::string suffix_of(Build build) {
  switch (build) {
    case Build::stripped:
      return "_stripped";
    case Build::static_runtime:
      return "_static";
    case Build::usual:
      break;
  }
  return {};
}

std::vector<Value> fatal_events(const IngestServer& server) {
  std::vector<Value> fatal;
  for (const Value& event : server.received().events()) {
    if (event.at("level") == Value("fatal")) fatal.push_back(event);
  }
  return fatal;
}

/// Names and sizes.
std::string files_in(const std::string& directory) {
  std::string text;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    text += entry.path().filename().string() + " " + std::to_string(entry.file_size()) + "; ";
  }
  return text;
}

}  // namespace

Outcome run(const Row& row, const std::string& usual_program) {
  const std::string program = usual_program + suffix_of(row.build);
  const tests::TemporaryDirectory spool;
  auto server = serve();
  const std::string dsn = server->dsn();
  const std::uint16_t port = server->port();
  if (row.server == Server::hangs) server->set_faults({ingest::Fault::parse("*:hang").value()});
  if (row.server == Server::is_gone) server->stop();

  Outcome outcome;
  outcome.end_without = end_of_program({program, row.way, "", ""});
  const auto start = std::chrono::steady_clock::now();
  outcome.end_with = end_of_program({program, row.way, dsn, row.spool ? spool.path() : ""});
  outcome.time = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  outcome.at_once = fatal_events(*server);

  outcome.stored = files_in(spool.path());
  if (row.server == Server::hangs) server->set_faults({});
  if (row.server == Server::is_gone) server = serve(port);
  if (row.spool) end_of_program({program, "next", dsn, spool.path()});
  outcome.in_all = fatal_events(*server);
  outcome.left = files_in(spool.path());
  outcome.complaints = server->received().complaints();
  return outcome;
}

std::vector<Outcome> run_all(const std::vector<Row>& rows, const std::string& program) {
  std::vector<Outcome> outcomes(rows.size());
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {  // most of them wait most of the time
    threads.emplace_back([&] {
      for (std::size_t row = next++; row < rows.size(); row = next++) {
        outcomes[row] = run(rows[row], program);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return outcomes;
}

}  // namespace picket::crash_tests
