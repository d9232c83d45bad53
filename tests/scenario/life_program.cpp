// A program that lives and ends in one of the ways that the argument chooses, and says on its
// standard output what the test wants to know.
//
//   picket_life_program WAY DSN

#include "picket/picket.hpp"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

std::atomic<int> curl_inits{0};
std::atomic<int> curl_cleanups{0};
bool is_child = false;
constexpr unsigned kSeconds = 50;  // a process that hangs is ended; the test sees it

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

// The leak sanitizer would find what threads of the parent held that do not exist in the child.
extern "C" int __lsan_is_turned_off() { return is_child ? 1 : 0; }

// These take the place of libcurl's own, which they call.
extern "C" int curl_global_init(long flags) {
  ++curl_inits;
  return next<int(long)>("curl_global_init")(flags);
}
extern "C" void curl_global_cleanup() {
  ++curl_cleanups;
  next<void()>("curl_global_cleanup")();
}

namespace {

using namespace std::chrono_literals;

void say(const std::string& line) {
  const std::string text = line + "\n";
  if (write(STDOUT_FILENO, text.data(), text.size()) < 0) std::abort();
}

picket::Options options(std::string dsn) {
  picket::Options made;
  made.dsn = std::move(dsn);
  made.shutdown_timeout = 20s;
  made.max_attempts = 2;
  made.retry_backoff = made.retry_backoff_max = 1ms;
  made.logger = [](picket::Level, std::string_view line) { say("said " + std::string(line)); };
  return made;
}

void capture(int number = 0) {
  try {
    throw std::runtime_error("failure " + std::to_string(number));
  } catch (const std::exception& error) {
    picket::capture_exception(error);
  }
}

picket::Guard* volatile lost = nullptr;  // volatile: stays reachable for leak checkers

void start_without_end(const std::string& dsn) {
  lost = new picket::Guard(picket::init(options(dsn)));
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  DIR* const open = opendir(folder.c_str());
  if (open == nullptr) return names;
  const std::string own = std::to_string(dirfd(open));
  while (const dirent* entry = readdir(open)) {
    if (entry->d_name[0] != '.' && entry->d_name != own) names.emplace_back(entry->d_name);
  }
  closedir(open);
  return names;
}

/// What this process has open, except for what it got from the one that started it.
void tell_descriptors(const char* word) {
  for (const std::string& name : names_in("/proc/self/fd")) {
    char target[256] = {};
    const std::string link = "/proc/self/fd/" + name;
    if (readlink(link.c_str(), target, sizeof target - 1) < 0) continue;
    say(std::string(word) + " " + name + " " + target);
  }
}

int run_quick_exit(const std::string& dsn) {
  start_without_end(dsn);
  capture();
  std::quick_exit(0);
}

int run_exit(const std::string& dsn) {
  start_without_end(dsn);
  std::atexit([] { capture(2); });  // before picket's own, which were registered earlier
  capture(1);
  std::exit(0);
}

int run_thread_exit(const std::string& dsn) {
  start_without_end(dsn);
  capture();
  std::thread([] { std::exit(0); }).join();
  return 1;
}

int run_again(const std::string& dsn) {
  auto first = picket::init(options(dsn));
  capture(1);
  const bool closed = picket::close(20s) && picket::close(20s) && picket::close();
  capture(2);  // off
  const auto second = picket::init(options(dsn));
  capture(3);
  first = {};  // the end of a guard whose client was closed long ago
  capture(4);
  return closed && picket::is_initialized() && picket::flush(20s) ? 0 : 1;
}

/// Nowhere to write: neither the working directory, nor any other, for not a single byte.
int run_nowhere_to_write(const std::string& dsn) {
  setenv("HOME", "/proc", 1);
  setenv("TMPDIR", "/proc", 1);
  const rlimit none{0, 0};
  if (chdir("/proc") != 0 || setrlimit(RLIMIT_FSIZE, &none) != 0) return 2;
  const auto guard = picket::init(options(dsn));
  capture();
  return picket::is_initialized() && picket::flush(20s) ? 0 : 1;
}

/// With the default action a single SIGPIPE ends the process.
int run_broken_connections(const std::string& dsn) {
  std::signal(SIGPIPE, SIG_DFL);
  sigset_t pipe_signal;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  pthread_sigmask(SIG_UNBLOCK, &pipe_signal, nullptr);
  for (int round = 0; round < 2; ++round) {
    picket::Options made = options(dsn);
    made.compression = picket::Compression::none;
    const auto guard = picket::init(made);
    picket::add_attachment({.filename = "large", .bytes = std::string(1U << 18U, 'x')});
    for (int i = 0; i < 3; ++i) {
      capture(i);
      picket::flush(20s);
    }
  }
  return 0;
}

int run_program(const char* path, const char* way) {
  std::string program = path;
  std::string word = way;
  char* const words[] = {program.data(), word.data(), nullptr};
  pid_t process = 0;
  if (posix_spawn(&process, path, nullptr, nullptr, words, environ) != 0) return -1;
  int status = 0;
  waitpid(process, &status, 0);
  return status;
}

/// What a program sees that is started while everything of picket is open.
int run_exec(const std::string& dsn) {
  const char* const self = "/proc/self/exe";
  if (run_program(self, "tell-before") != 0) return 2;
  const auto guard = picket::init(options(dsn));
  capture();
  if (!picket::flush(20s)) return 3;
  tell_descriptors("here");
  return run_program(self, "tell-after") == 0 ? 0 : 4;
}

std::string value_of(const std::string& file, const std::string& key) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(key)) return line.substr(key.size());
  }
  return {};
}

int run_threads(const std::string& dsn) {
  const auto guard = picket::init(options(dsn));
  capture();
  if (!picket::flush(20s)) return 1;
  for (const std::string& task : names_in("/proc/self/task")) {
    const std::string status = "/proc/self/task/" + task + "/status";
    say("thread " + value_of(status, "Name:\t") + " " + value_of(status, "SigBlk:\t"));
  }
  return 0;
}

int run_curl(const std::string& dsn) {
  for (int i = 0; i < 3; ++i) {
    const auto guard = picket::init(options(dsn));
    capture(i);
  }
  say("curl " + std::to_string(curl_inits) + " " + std::to_string(curl_cleanups));
  return 0;
}

int inet_sockets() {
  int count = 0;
  for (const std::string& name : names_in("/proc/self/fd")) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    const bool is_socket = getsockname(std::stoi(name), raw, &size) == 0;
    if (is_socket && address.ss_family == AF_INET) ++count;
  }
  return count;
}

/// True if `work` was true in a child.
template <class Work>
bool in_child(Work work) {
  const pid_t child = fork();
  if (child == 0) {
    is_child = true;
    alarm(kSeconds);
    _exit(work() ? 0 : 1);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool delivers(int number) {
  capture(number);
  return picket::flush(20s) && picket::stats().errors().sent == 1;
}

/// A child that captures nothing has nothing to wait for, and starts nothing.
bool is_idle() {
  const bool is_alone = names_in("/proc/self/task").size() == 1 && inet_sockets() == 0;
  const bool is_fresh = picket::is_initialized() && picket::stats().categories.empty();
  const bool is_closed = picket::flush(20s) && picket::close(20s) && !picket::is_initialized();
  return is_alone && is_fresh && is_closed && names_in("/proc/self/task").size() == 1;
}

int run_children(const std::string& dsn) {
  auto guard = picket::init(options(dsn));
  if (!delivers(0) || inet_sockets() == 0) return 1;
  if (!in_child(is_idle)) return 2;
  if (!in_child([] { return delivers(1) && in_child([] { return delivers(2); }); })) return 3;
  if (!in_child([&] {
        const auto again = picket::init(options(dsn));
        return delivers(3);
      })) {
    return 4;
  }
  if (!in_child([&] {
        capture(4);
        guard = {};
        return !picket::is_initialized() && picket::stats().errors().sent == 1;
      })) {
    return 5;
  }
  capture(5);
  return picket::flush(20s) && picket::stats().errors().sent == 2 ? 0 : 6;
}

const std::map<std::string, std::function<int(const std::string&)>> ways{
    {"quick-exit", run_quick_exit},
    {"exit", run_exit},
    {"thread-exit", run_thread_exit},
    {"again", run_again},
    {"nowhere-to-write", run_nowhere_to_write},
    {"broken-connections", run_broken_connections},
    {"exec", run_exec},
    {"threads", run_threads},
    {"curl", run_curl},
    {"children", run_children},
};

}  // namespace

int main(int argc, char** argv) {
  alarm(kSeconds);
  const std::string way = argc > 1 ? argv[1] : "";
  if (way == "tell-before" || way == "tell-after") {
    tell_descriptors(way == "tell-before" ? "before" : "after");
    return 0;
  }
  const auto found = ways.find(way);
  if (argc != 3 || found == ways.end()) {
    std::fprintf(stderr, "usage: picket_life_program WAY DSN\n");
    return 2;
  }
  return found->second(argv[2]);
}
