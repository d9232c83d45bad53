#include "bot/monitoring.hpp"

#include "bot/log.hpp"
#include "picket/alerts.hpp"
#include "picket/filters.hpp"
#include "picket/stats.hpp"

#include <exception>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace bot {

namespace {

namespace filters = picket::filters;

/// `alert raised high_error_rate team 11 > 10`, and the command where there is one.
void tell_alert(const picket::AlertChange& change) {
  const bool is_raised = change.kind == picket::AlertChange::Kind::raised;
  log::line(is_raised ? "warning" : "info",
            fmt::format("alert {} {} {} {} > {}{}{}", is_raised ? "raised" : "recovered",
                        change.rule, change.audience, change.value, change.threshold,
                        change.command.empty() ? "" : " ", change.command));
}

/// picket's own lines go where those of the bot go.
void tell(picket::Level level, std::string_view line) {
  log::line(picket::to_text(level), fmt::format("picket: {}", line));
}

}  // namespace

void apply(const MonitoringSwitches& switches, const Pace& pace, picket::Options& options) {
  options.clock = pace.clock();
  options.domain = "bot";
  options.logger = tell;
  options.error_limit.per_type = switches.error_limit;
  options.storm_control = switches.storm;
  options.send_default_pii = switches.pii;
  options.dry_run = switches.dry_run;
  if (switches.filters) {
    options.before_send =
        filters::all({filters::drop_exception_types({"ValidationError", "commands.BadArgument"}),
                      filters::drop_message_containing("rate limit")});
  }
  if (switches.alerts) {
    options.alert_rules = {picket::alerts::high_error_rate(), picket::alerts::slow_command(),
                           picket::alerts::database_errors()};
    options.on_alert = tell_alert;
  }
  if (!switches.stats_file.empty()) {
    options.on_stats = [file = switches.stats_file](const picket::Stats& stats) {
      export_stats(file, stats);
    };
  }
}

void export_stats(const std::string& file, const picket::Stats& stats) noexcept {
  try {
    // Whoever reads the file never sees half of it.
    const std::string draft = file + ".new";
    std::ofstream(draft) << picket::to_json(stats) << '\n';
    std::filesystem::rename(draft, file);
  } catch (const std::exception& error) {
    log::line("error", fmt::format("figures are not exported: {}", error.what()));
  }
}

}  // namespace bot
