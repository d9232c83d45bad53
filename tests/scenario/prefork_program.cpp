// A pre-fork server: the parent starts picket and then as many children as it is told, which work
// and report for themselves. It writes the id of every event that was captured, and the books of
// each process.
//
//   picket_prefork_program serve DSN CHILDREN EVENTS   each process captures so many events
//   picket_prefork_program storm DSN CHILDREN THREADS  so many threads of the parent never stop
//                                                      capturing while it forks
//
// Certificates to trust come from `SSL_CERT_FILE`.

#include "picket/picket.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

bool is_child = false;

}  // namespace

// The leak sanitizer would find what threads of the parent held that do not exist in the child.
extern "C" int __lsan_is_turned_off() { return is_child ? 1 : 0; }

namespace {

using namespace std::chrono_literals;

// A process that hangs is ended by its alarm; the test sees that by the code.
constexpr unsigned kSeconds = 50;

/// In one piece, so that lines of several processes do not mix.
void say(const std::string& line) {
  const std::string text = line + "\n";
  if (write(STDOUT_FILENO, text.data(), text.size()) < 0) std::abort();
}

void work(const std::string& who, int events) {
  for (int i = 0; i < events; ++i) {
    picket::add_breadcrumb("step " + std::to_string(i), {.data = {{"step", i}}});
    picket::set_tag("who", who);
    try {
      throw std::runtime_error(who + " failed " + std::to_string(i));
    } catch (const std::exception& error) {
      say("event " + picket::capture_exception(error).to_string());
    }
  }
}

void tell_books(const std::string& who) {
  const picket::CategoryStats errors = picket::stats().errors();
  say("books " + who + " " + std::to_string(errors.captured) + " " + std::to_string(errors.sent) +
      " " + std::to_string(errors.dropped_total()) + " " + std::to_string(errors.pending));
}

/// One in three works in two threads. They end in each of the ways that a worker process ends; half
/// of them leave it to the end of the process to deliver what they captured, and tell no books.
[[noreturn]] void be_child(int number, int events) {
  alarm(kSeconds);
  is_child = true;
  const std::string who = "child-" + std::to_string(number);
  if (number % 3 == 0) {
    std::jthread other([&] { work(who, events / 2); });
    work(who, events - events / 2);
  } else {
    work(who, events);
  }
  if (number % 4 == 0) std::exit(0);
  if (number % 4 == 1) std::quick_exit(0);
  const bool done = number % 4 == 2 ? picket::close(20s) : picket::flush(20s);
  tell_books(who);
  _exit(done ? 0 : 1);
}

bool ended_well(pid_t child) {
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// Forks `count` children, each of which captures `events`; true if all ended well.
template <class Between>
bool fork_children(int count, int events, Between&& between) {
  std::vector<pid_t> children;
  for (int i = 0; i < count; ++i) {
    const pid_t child = fork();
    if (child == 0) be_child(i, events);
    children.push_back(child);
    between();
  }
  bool well = true;
  for (const pid_t child : children) well = ended_well(child) && well;
  return well;
}

bool serve(int count, int events) {
  work("parent", events);
  const bool well = fork_children(count, events, [] { work("parent", 1); });
  work("parent", events);
  return well;
}

/// One round of everything that has a lock.
void storm_once(int round) {
  const auto isolated = picket::isolate();
  picket::set_tag("bad key " + std::to_string(round % 100), round);
  picket::set_context("work", {{"of", "a thread"}});
  const auto transaction = picket::start_transaction({.op = "storm", .name = "storm"});
  const auto span = picket::start_span({.op = "storm"});
  picket::add_breadcrumb("in a storm", {.data = {{"round", round}}});
  picket::capture_message("storm");
}

/// Snapshots hold what it has, so it is copied, with the lock held, most of the time.
void edit_global_scope(int round) {
  picket::configure_global_scope([round](picket::Scope& scope) {
    scope.set_tag("tag_" + std::to_string(round % 200), round);
  });
}

/// Forks while other threads never stop.
bool storm(int count, int threads) {
  std::atomic<bool> done{false};
  std::vector<std::jthread> busy;
  busy.emplace_back([&done] {
    for (int round = 0; !done.load(); ++round) edit_global_scope(round);
  });
  for (int i = 0; i < threads; ++i) {
    busy.emplace_back([&done] {
      for (int round = 0; !done.load(); ++round) storm_once(round);
    });
  }
  const bool well = fork_children(count, 2, [] {});
  done.store(true);
  return well;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: picket_prefork_program serve|storm DSN CHILDREN EVENTS|THREADS\n");
    return 2;
  }
  alarm(kSeconds);
  const bool is_storm = argv[1] == std::string("storm");
  picket::Options options;
  options.dsn = argv[2];
  options.max_queue_items = is_storm ? 100 : 10'000;
  options.shutdown_timeout = 20s;
  options.traces_sample_rate = is_storm ? 1.0 : 0.0;
  options.logger = [](picket::Level, std::string_view line) { say("said " + std::string(line)); };
  const auto guard = picket::init(options);
  const int children = std::atoi(argv[3]);
  const int amount = std::atoi(argv[4]);
  bool well = is_storm ? storm(children, amount) : serve(children, amount);
  well = picket::flush(20s) && well;
  tell_books("parent");
  return well ? 0 : 1;
}
