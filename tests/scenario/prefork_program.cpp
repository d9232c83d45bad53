// A pre-fork server: the parent starts picket and then as many children as it is told, which work
// and report for themselves. It writes the id of every event that it captured, and the books of
// each of its processes.
//
//   picket_prefork_program DSN CHILDREN EVENTS

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

/// One in three works in two threads; they end in each of the ways that a worker process ends.
[[noreturn]] void be_child(int number, int events) {
  alarm(kSeconds);
  const std::string who = "child-" + std::to_string(number);
  if (number % 3 == 0) {
    std::jthread other([&] { work(who, events / 2); });
    work(who, events - events / 2);
  } else {
    work(who, events);
  }
  const bool done = number % 2 == 0 ? picket::close(20s) : picket::flush(20s);
  tell_books(who);
  if (number % 4 == 0) std::exit(done ? 0 : 1);
  if (number % 4 == 1) std::quick_exit(done ? 0 : 1);
  _exit(done ? 0 : 1);
}

bool ended_well(pid_t child) {
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: picket_prefork_program DSN CHILDREN EVENTS\n");
    return 2;
  }
  alarm(kSeconds);
  const int count = std::atoi(argv[2]);
  const int events = std::atoi(argv[3]);
  picket::Options options;
  options.dsn = argv[1];
  options.max_queue_items = 10'000;
  options.shutdown_timeout = 20s;
  const auto guard = picket::init(options);
  work("parent", events);

  std::vector<pid_t> children;
  for (int i = 0; i < count; ++i) {
    const pid_t child = fork();
    if (child == 0) be_child(i, events);
    children.push_back(child);
    work("parent", 1);
  }
  bool well = true;
  for (const pid_t child : children) well = ended_well(child) && well;
  work("parent", events);
  well = picket::flush(20s) && well;
  tell_books("parent");
  return well ? 0 : 1;
}
