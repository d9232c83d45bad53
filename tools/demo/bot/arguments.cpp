#include "bot/arguments.hpp"

#include "bot/even_random.hpp"
#include "picket/samplers.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>

namespace bot {

namespace {

const std::map<std::string, picket::TracesSampler (*)()> kSamplers{
    {"command_service", picket::samplers::command_service},
    {"busy_service", picket::samplers::busy_service}};

/// What CLI11 fills in; durations as plain milliseconds.
struct Raw {
  Arguments arguments{};
  bool debug = false;
  std::vector<std::string> broken{};
  std::uint32_t busy_timeout_ms = 2000;
  std::uint32_t query_wait_ms = 500;
  std::uint32_t retry_backoff_ms = 1000;
  std::uint32_t shutdown_timeout_ms = 5000;
  std::string sampler{};
  bool even_random = false;
  bool manual_clock = false;
};

void declare_monitoring(CLI::App& app, Raw& raw) {
  picket::Options& options = raw.arguments.monitoring;
  app.add_option("--dsn", options.dsn, "Where errors go; without it they go to the local log");
  app.add_option("--environment", options.environment, "production, development, …");
  app.add_option("--release", options.release, "Version of this service");
  app.add_flag("--debug", raw.debug, "Tell what monitoring does");
  app.add_option("--max-breadcrumbs", options.max_breadcrumbs,
                 "Newest notes that an error carries");
  app.add_option("--queue-capacity", options.max_queue_items, "Reports that may wait");
  app.add_option("--retry-backoff", raw.retry_backoff_ms, "First wait of a retry, milliseconds");
  app.add_option("--shutdown-timeout", raw.shutdown_timeout_ms, "Last flush, milliseconds");
}

void declare_tracing(CLI::App& app, Raw& raw) {
  app.add_option("--traces-sample-rate", raw.arguments.monitoring.traces_sample_rate,
                 "Share of commands and tasks whose trace is sent");
  app.add_option("--sampler", raw.sampler, "Rules instead of one share for all")
      ->check(CLI::IsMember(kSamplers));
  app.add_flag("--trace-lifecycle", raw.arguments.services.trace_lifecycle,
               "Start and end are traces too; the end always is after a signal");
  app.add_flag("--even-random", raw.even_random,
               "Samples as evenly as can be, the same every time");
}

void declare_switches(CLI::App& app, Raw& raw) {
  MonitoringSwitches& switches = raw.arguments.switches;
  app.add_flag("--filters", switches.filters, "Do not send what is no news");
  app.add_option("--error-limit", switches.error_limit, "Errors of one type per minute");
  app.add_flag("--storm", switches.storm, "Of equal errors send the 1st, 10th, 100th, …");
  app.add_flag("--alerts", switches.alerts,
               "Log when something gets out of hand, and when it ends");
  app.add_option("--stats-file", switches.stats_file, "Where the key figures go, as JSON");
  app.add_flag("--pii", switches.pii, "Send personal data too");
  app.add_flag("--dry-run", switches.dry_run, "Log what would be sent, send nothing");
  app.add_flag("--manual-clock", raw.manual_clock, "Time moves with `%advance` and `!slow` alone");
}

void declare_service(CLI::App& app, Raw& raw) {
  app.add_option("--threads", raw.arguments.threads, "Commands that run at once")
      ->check(CLI::Range(1, 64));
  app.add_option("--database", raw.arguments.services.database,
                 "File of cases; default: temporary");
  app.add_option("--chat", raw.arguments.services.chat_url, "Where the chat platform listens");
  app.add_option("--busy-timeout", raw.busy_timeout_ms, "Wait for a locked database, milliseconds");
  app.add_option("--query-wait", raw.query_wait_ms, "First wait of a failed query, milliseconds");
  app.add_option("--expired-cases", raw.arguments.services.expired_cases,
                 "Cases to start with that are no longer held against anybody");
  app.add_option("--break", raw.broken, "What shall not work")->check(CLI::IsMember(kBreakable));
  app.add_option("--repair-after", raw.arguments.services.repair_after,
                 "Failures until a broken database works again");
  app.add_option("--script", raw.arguments.script, "Lines to run; default: standard input")
      ->check(CLI::ExistingFile);
}

Arguments finish(Raw raw) {
  Arguments arguments = std::move(raw.arguments);
  arguments.services.broken.insert(raw.broken.begin(), raw.broken.end());
  arguments.services.busy_timeout = std::chrono::milliseconds(raw.busy_timeout_ms);
  arguments.services.patience.first_wait = std::chrono::milliseconds(raw.query_wait_ms);
  arguments.services.connections = arguments.threads;
  if (raw.manual_clock) arguments.services.pace = std::make_shared<Pace>(Pace::Kind::manual);
  picket::Options& options = arguments.monitoring;
  apply(arguments.switches, *arguments.services.pace, options);
  if (raw.debug) options.debug = true;
  // A service wants to read at its start whether it is watched, and why not.
  if (!raw.debug) options.diagnostic_level = picket::Level::info;
  if (!raw.sampler.empty()) options.traces_sampler = kSamplers.at(raw.sampler)();
  if (raw.even_random) {
    options.random = [numbers = std::make_shared<EvenRandom>()] { return (*numbers)(); };
  }
  options.retry_backoff = std::chrono::milliseconds(raw.retry_backoff_ms);
  options.shutdown_timeout = std::chrono::milliseconds(raw.shutdown_timeout_ms);
  return arguments;
}

}  // namespace

std::optional<Arguments> parse_arguments(int argc, const char* const* argv, int& exit_code) {
  CLI::App app("A small command service that is watched by picket");
  Raw raw;
  declare_monitoring(app, raw);
  declare_tracing(app, raw);
  declare_switches(app, raw);
  declare_service(app, raw);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error);
    return std::nullopt;
  }
  return finish(std::move(raw));
}

}  // namespace bot
