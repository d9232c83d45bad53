// `picket-chat`: a chat platform that other programs call over HTTP, watched by picket itself.

#include "chat/arguments.hpp"
#include "chat/server.hpp"
#include "picket/picket.hpp"

#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>

#include <fmt/format.h>

namespace {

/// The signals that end the program. Made before any thread starts: they inherit the mask, and the
/// signals are taken here alone.
class Ending {
 public:
  Ending() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }

  void wait(double max_seconds) const {
    if (max_seconds <= 0) {
      int signal = 0;
      sigwait(&signals_, &signal);
      return;
    }
    double whole = 0;
    const double part = std::modf(max_seconds, &whole);
    const timespec time{static_cast<time_t>(whole), static_cast<long>(part * 1e9)};
    sigtimedwait(&signals_, nullptr, &time);
  }

 private:
  sigset_t signals_{};
};

}  // namespace

int main(int argc, char** argv) {
  int exit_code = EXIT_SUCCESS;
  const auto arguments = chat::parse_arguments(argc, argv, exit_code);
  if (!arguments) return exit_code;
  const Ending ending;
  const auto monitoring = picket::init(arguments->monitoring);
  try {
    const chat::Server server;
    fmt::print("CHAT {}\n", server.url());
    std::fflush(stdout);
    ending.wait(arguments->max_seconds);
  } catch (const std::exception& error) {
    fmt::print(stderr, "picket-chat: {}\n", error.what());
    return EXIT_FAILURE;
  }
  return exit_code;
}
