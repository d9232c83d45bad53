#include "chat/arguments.hpp"

#include <CLI/CLI.hpp>

namespace chat {

std::optional<Arguments> parse_arguments(int argc, const char* const* argv, int& exit_code) {
  Arguments arguments;
  picket::Options& options = arguments.monitoring;
  options.release = "chat@2.0.0";
  options.traces_sample_rate =
      0;  // no traces of its own; those that callers keep are kept here too
  CLI::App app("A chat platform with an HTTP API; prints where it listens, ends with SIGTERM");
  app.add_option("--dsn", options.dsn, "Where errors and traces go");
  app.add_option("--release", options.release, "Version of this service")->capture_default_str();
  app.add_option("--traces-sample-rate", options.traces_sample_rate,
                 "Share of requests whose trace begins here that is sent");
  app.add_option("--max-seconds", arguments.max_seconds, "End after that time")
      ->check(CLI::NonNegativeNumber);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error);
    return std::nullopt;
  }
  return arguments;
}

}  // namespace chat
