// `picket-bot`: reads lines, runs commands, prints replies.

#include "bot/arguments.hpp"
#include "bot/console.hpp"
#include "bot/dispatcher.hpp"
#include "bot/line_source.hpp"
#include "bot/log.hpp"
#include "bot/monitoring.hpp"
#include "bot/services.hpp"
#include "bot/shutdown.hpp"
#include "bot/worker_pool.hpp"
#include "picket/picket.hpp"
#include "picket/signals.hpp"

#include <atomic>
#include <cstdlib>
#include <exception>
#include <string>

namespace {

constexpr int kEndedBySignal = 130;

void post_all(bot::LineSource& lines, bot::WorkerPool& pool, bot::Dispatcher& dispatcher) {
  std::string line;
  for (std::size_t number = 1; lines.next(line); ++number) {
    pool.post([&dispatcher, line, number] { dispatcher.serve(line, number); });
  }
}

/// Commands that run come to their end; those that wait do only when there is time. (T26)
void end(bot::Services& services, bot::WorkerPool& pool, bool in_haste, bool is_traced) {
  bot::Shutdown shutdown(is_traced);
  shutdown.phase("commands", [&] {
    if (in_haste) pool.forget_waiting();
    pool.finish();
  });
  services.close(shutdown);
  const picket::Object stats = services.stats();
  picket::set_context("bot_stats", stats);
}

int serve(const bot::Arguments& arguments) {
  bot::Services services(arguments.services);
  bot::Console console;
  bot::Dispatcher dispatcher(services, console);
  bot::LineSource lines(arguments.script);
  std::atomic<bool> is_told_to_end{false};
  const auto watch = picket::watch_signals({.then = [&](int) {
    is_told_to_end = true;
    lines.stop();
    services.pace().end();
  }});
  bot::WorkerPool pool(arguments.threads);
  post_all(lines, pool, dispatcher);
  end(services, pool, is_told_to_end, is_told_to_end || arguments.services.trace_lifecycle);
  bot::log::line("info", describe(services.tally()));
  return is_told_to_end ? kEndedBySignal : EXIT_SUCCESS;
}

/// The guard's end sends what is left, within `--shutdown-timeout`.
int serve_watched(const bot::Arguments& arguments) {
  const auto monitoring = picket::init(arguments.monitoring);
  int exit_code = EXIT_FAILURE;
  try {
    exit_code = serve(arguments);
  } catch (const std::exception& error) {
    bot::log::line("error", std::string("cannot start: ") + error.what());
  }
  // While there is a client to ask: without one all figures are zero.
  if (const auto& file = arguments.switches.stats_file; !file.empty()) {
    bot::export_stats(file, picket::stats());
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  int exit_code = EXIT_SUCCESS;
  const auto arguments = bot::parse_arguments(argc, argv, exit_code);
  if (!arguments) return exit_code;
  return serve_watched(*arguments);
}
