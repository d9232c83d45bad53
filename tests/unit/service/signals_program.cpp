// A program that watches its signals in one of the ways that the argument chooses, and says on its
// standard output what the test wants to know.
//
//   picket_signals_program WAY

#include "picket/picket.hpp"
#include "picket/signals.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace {

constexpr unsigned kSeconds = 50;  // a process that hangs is ended; the test sees it

class Printing final : public picket::Transport {
 public:
  picket::TransportResponse send(std::string_view envelope) override {
    std::printf("sent %.*s\n", static_cast<int>(envelope.size()), envelope.data());
    std::fflush(stdout);
    return {.status = 200};
  }
};

picket::Guard start() {
  return picket::init({.dsn = "https://key@localhost/1",
                       .send_client_reports = false,
                       .transport = std::make_shared<Printing>()});
}

std::atomic<int> earlier{0};
void count_earlier(int) { ++earlier; }

std::atomic<int> above{0};
struct sigaction below_above {};
void chain_above(int signal, siginfo_t* info, void* context) {
  ++above;
  below_above.sa_sigaction(signal, info, context);
}

template <class Question>
bool eventually(Question question) {
  for (int i = 0; i < 10'000; ++i) {
    if (question()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

/// From another process, as an orchestrator sends it.
void send_from_outside(int signal) {
  const std::string command = "kill -" + std::to_string(signal) + " " + std::to_string(getpid());
  if (std::FILE* const shell = popen(command.c_str(), "r")) pclose(shell);
}

int open_descriptors(bool that_stay_at_exec) {
  int count = 0;
  DIR* const folder = opendir("/proc/self/fd");
  while (const dirent* const entry = readdir(folder)) {
    const int number = std::atoi(entry->d_name);
    if (number <= 2 || number == dirfd(folder)) continue;
    const bool stays = (fcntl(number, F_GETFD) & FD_CLOEXEC) == 0;
    if (stays || !that_stay_at_exec) ++count;
  }
  closedir(folder);
  return count;
}

int then() {
  const auto guard = start();
  std::signal(SIGTERM, count_earlier);
  std::promise<int> arrived;
  const auto watch = picket::watch_signals({.then = [&](int signal) {
    std::array<char, 16> name{};
    pthread_getname_np(pthread_self(), name.data(), name.size());
    std::printf("thread %s\n", name.data());
    arrived.set_value(signal);
  }});
  send_from_outside(SIGTERM);
  std::printf("told %d\n", arrived.get_future().get());
  std::printf("earlier %d\n", earlier.load());
  return 130;
}

int usual() {
  const auto guard = start();
  const auto watch = picket::watch_signals();
  kill(getpid(), SIGINT);
  pause();
  return 1;
}

int off() {
  std::promise<int> arrived;
  const auto watch =
      picket::watch_signals({.then = [&](int signal) { arrived.set_value(signal); }});
  kill(getpid(), SIGTERM);
  std::printf("told %d\n", arrived.get_future().get());
  return 3;
}

/// How a child ends that got SIGTERM and then leaves with 9.
std::string end_of_child(const std::function<void()>& prepare) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    alarm(kSeconds);
    prepare();
    kill(getpid(), SIGTERM);
    _exit(9);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                             : "code " + std::to_string(WEXITSTATUS(status));
}

int forked() {
  const auto guard = start();
  std::atomic<int> told{0};
  std::optional<picket::SignalWatch> watch(picket::watch_signals({.then = [&](int) { ++told; }}));
  std::printf("child %s\n", end_of_child([] {}).c_str());
  std::printf("ended %s\n", end_of_child([&] { watch.reset(); }).c_str());
  std::printf("anew %s\n", end_of_child([&] {
                             std::promise<void> arrived;
                             const auto own =
                                 picket::watch_signals({.then = [&](int) { arrived.set_value(); }});
                             if (!own.is_watching()) _exit(8);
                             kill(getpid(), SIGTERM);
                             arrived.get_future().wait();
                             _exit(7);
                           }).c_str());
  std::printf("parent %d\n", told.load());
  kill(getpid(), SIGTERM);  // the parent's own still works
  return eventually([&] { return told == 1; }) ? 0 : 1;
}

int handled_fork() {
  std::signal(SIGTERM, count_earlier);
  const auto watch = picket::watch_signals({.then = [](int) {}});
  std::printf("child %s\n", end_of_child([] {}).c_str());
  return 0;
}

int ends() {
  std::signal(SIGTERM, count_earlier);
  const int before = open_descriptors(false);
  const int staying = open_descriptors(true);  // handed down to us
  for (int i = 0; i < 100; ++i) {
    const auto watch = picket::watch_signals({.then = [](int) {}});
    const auto second = picket::watch_signals();
    if (!watch.is_watching() || second.is_watching()) return 1;
    if (open_descriptors(true) != staying) return 2;
    if (i % 2 == 0) kill(getpid(), SIGTERM);  // while it ends
  }
  std::printf("leaked %d\n", open_descriptors(false) - before);
  const int counted = earlier.load();
  std::raise(SIGTERM);
  std::printf("earlier %d %d\n", counted, earlier.load());
  const auto refused = picket::watch_signals({.signals = {SIGTERM, SIGKILL}});
  if (refused.is_watching()) return 3;
  struct sigaction now {};
  sigaction(SIGTERM, nullptr, &now);
  std::printf("restored %d\n", now.sa_handler == count_earlier ? 1 : 0);
  return 0;
}

int stacked() {
  std::signal(SIGTERM, count_earlier);
  std::atomic<int> told{0};
  {
    const auto watch = picket::watch_signals({.then = [&](int) { ++told; }});
    struct sigaction action {};
    action.sa_sigaction = chain_above;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGTERM, &action, &below_above);
    kill(getpid(), SIGTERM);
    if (!eventually([&] { return told == 1; })) return 1;
  }
  std::raise(SIGTERM);  // ours is below and only passes on
  const auto again = picket::watch_signals({.then = [&](int) { ++told; }});
  std::raise(SIGTERM);
  if (!eventually([&] { return told == 2; })) return 2;
  std::printf("above %d earlier %d\n", above.load(), earlier.load());
  return 0;
}

int inside() {
  std::promise<void> done;
  std::optional<picket::SignalWatch> watch;
  watch = picket::watch_signals({.then = [&](int) {
    watch.reset();
    done.set_value();
  }});
  kill(getpid(), SIGTERM);
  done.get_future().wait();
  return picket::watch_signals().is_watching() ||
                 eventually([] { return picket::watch_signals().is_watching(); })
             ? 0
             : 1;
}

int storm() {
  const auto guard = start();
  std::atomic<bool> terminated{false};
  std::atomic<bool> interrupted{false};
  std::atomic<bool> held{true};
  const auto watch = picket::watch_signals({.then = [&](int signal) {
    (signal == SIGTERM ? terminated : interrupted) = true;
    while (held) std::this_thread::yield();
  }});
  for (int i = 0; i < 100'000; ++i) kill(getpid(), SIGTERM);
  kill(getpid(), SIGINT);
  held = false;
  return eventually([&] { return terminated && interrupted; }) ? 0 : 1;
}

}  // namespace

int main(int, char** arguments) {
  alarm(kSeconds);
  if (std::freopen("/dev/null", "w", stderr) == nullptr) return 4;  // diagnostics that are meant
  const std::map<std::string, int (*)()> ways{
      {"then", then},     {"usual", usual}, {"off", off},
      {"fork", forked},   {"ends", ends},   {"stacked", stacked},
      {"inside", inside}, {"storm", storm}, {"handled-fork", handled_fork}};
  return ways.at(arguments[1])();
}
