// `picket-bot`: reads lines, runs commands, prints replies.

#include "bot/arguments.hpp"
#include "bot/console.hpp"
#include "bot/dispatcher.hpp"
#include "bot/log.hpp"
#include "bot/monitoring.hpp"
#include "bot/services.hpp"
#include "bot/worker_pool.hpp"
#include "picket/picket.hpp"

#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>

namespace {

void run_conversation(std::istream& lines, bot::Dispatcher& dispatcher, std::size_t threads) {
  bot::WorkerPool pool(threads);
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    pool.post([&dispatcher, line, number] { dispatcher.serve(line, number); });
  }
}

void run(const bot::Arguments& arguments) {
  bot::Services services(arguments.services);
  bot::Console console;
  bot::Dispatcher dispatcher(services, console);
  if (arguments.script.empty()) {
    run_conversation(std::cin, dispatcher, arguments.threads);
  } else {
    std::ifstream script(arguments.script);
    run_conversation(script, dispatcher, arguments.threads);
  }
  bot::log::line("info", dispatcher.summary());
}

int watched_run(const bot::Arguments& arguments) {
  const auto monitoring = picket::init(arguments.monitoring);
  try {
    run(arguments);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    bot::log::line("error", std::string("cannot start: ") + error.what());
    return EXIT_FAILURE;
  }
}

}  // namespace

int main(int argc, char** argv) {
  int exit_code = EXIT_SUCCESS;
  const auto arguments = bot::parse_arguments(argc, argv, exit_code);
  if (!arguments) return exit_code;
  exit_code = watched_run(*arguments);
  // The last figures are those after the last flush.
  if (const auto& file = arguments->switches.stats_file; !file.empty()) {
    bot::export_stats(file, picket::stats());
  }
  return exit_code;
}
