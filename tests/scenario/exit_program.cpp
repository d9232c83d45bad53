// A program that uses picket in every place where programs usually must not use anything: before
// main, in thread-local and static destructors, in exit handlers, after close. It has to end with
// code 0. The argument chooses how it ends.

#include "picket/picket.hpp"
#include "support/forked_threads.hpp"
#include "support/silent_server.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace {

void use_picket() {
  picket::set_tag("where", "anywhere");
  picket::add_breadcrumb("late");
  const auto temporary = picket::push_scope();
  const auto isolated = picket::isolate();
  try {
    throw std::runtime_error("late");
  } catch (const std::exception& error) {
    picket::capture_exception(error);
  }
  picket::capture_message("late");
  auto transaction = picket::start_transaction({.op = "late", .name = "late"});
  const auto span = picket::start_span({.op = "late"});
  transaction.set_data("headers", picket::trace_headers().size());
}

struct UsesPicket {
  UsesPicket() { use_picket(); }
  ~UsesPicket() { use_picket(); }
};

UsesPicket before_and_after_main;
thread_local UsesPicket of_thread;

picket::Options options(const picket::tests::SilentServer& server) {
  picket::Options made;
  made.dsn = server.dsn();
  made.shutdown_timeout = std::chrono::milliseconds(50);
  made.traces_sample_rate = 1.0;
  return made;
}

picket::Guard* volatile lost = nullptr;  // volatile: stays reachable for leak checkers

/// Never ends the guard: the client has to end with the process by itself.
void lose_the_guard(picket::Options options) {
  lost = new picket::Guard(picket::init(std::move(options)));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view how = argc > 1 ? argv[1] : "";
  static const picket::tests::SilentServer server;
  if (how == "without-init") return 0;
  if (how == "static-guard") {
    static const picket::Guard guard = picket::init(options(server));
    use_picket();
    std::exit(0);
  }
  if (how == "never-closed") {
    lose_the_guard(options(server));
    std::atexit(use_picket);
    std::jthread([] { static_cast<void>(&of_thread); }).join();
    use_picket();
    return 0;
  }
  if (how == "closed") {
    const auto guard = picket::init(options(server));
    std::atexit(use_picket);
    std::jthread([] {
      static_cast<void>(&of_thread);
      use_picket();
    }).join();
    picket::close(std::chrono::milliseconds(50));
    picket::close();
    use_picket();
    return 0;
  }
  if (how == "again") {
    for (int i = 0; i < 5; ++i) {
      const auto guard = picket::init(options(server));
      use_picket();
    }
    return 0;
  }
  if (how == "quick-exit") {
    lose_the_guard(options(server));
    use_picket();
    std::quick_exit(0);
  }
  if (how == "fork") {
    const auto guard = picket::init(options(server));
    use_picket();
    auto transaction = picket::start_transaction({.op = "open", .name = "open"});
    auto span = picket::start_span({.op = "open"});
    const pid_t child = fork();
    if (child == 0) {  // the parent's spans are the parent's
      span.set_data("x", 1).finish();
      transaction.finish();
      if (picket::tests::kForkedThreadsWork) use_picket();
      picket::flush(std::chrono::milliseconds(50));
      _exit(picket::is_initialized() ? 0 : 1);
    }
    int status = 0;
    const bool ended = waitpid(child, &status, 0) == child && WIFEXITED(status);
    return ended && picket::is_initialized() ? WEXITSTATUS(status) : 3;
  }
  std::fprintf(stderr, "unknown way to end: %s\n", argc > 1 ? argv[1] : "(none)");
  return 2;
}
