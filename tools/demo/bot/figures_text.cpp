#include "bot/figures_text.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace bot {

namespace {

using Count = std::uint64_t;

std::string errors_of(const picket::Figures& figures) {
  return fmt::format("errors: {} in the last minute, {} in the last hour, {} in all, {} users\n",
                     figures.errors.last_minute, figures.errors.last_hour, figures.errors.total,
                     figures.affected_users);
}

std::string commands_of(const picket::Figures& figures) {
  const picket::CommandFigures& all = figures.all_commands;
  std::string text =
      fmt::format("commands: {} ok, {} failed, {} user errors, {:.2f} of them fail\n", all.ok.total,
                  all.failed.total, all.user_errors.total, all.failed_share);
  for (const auto& [name, command] : figures.commands) {
    text += fmt::format("command {}: {} runs, p50 {:.0f} ms, p95 {:.0f} ms, longest {:.0f} ms\n",
                        name, command.timing.count, command.timing.p50, command.timing.p95,
                        command.timing.max);
  }
  return text;
}

std::string database_of(const picket::Figures& figures) {
  std::string text = fmt::format("database: {} errors\n", figures.database_errors.total);
  for (const auto& [operation, timing] : figures.database) {
    text +=
        fmt::format("database {}: {} times, p95 {:.1f} ms\n", operation, timing.count, timing.p95);
  }
  return text;
}

std::string apis_of(const picket::Figures& figures) {
  std::string text;
  for (const auto& [endpoint, api] : figures.api) {
    text +=
        fmt::format("api {}: {} times, p95 {:.1f} ms", endpoint, api.timing.count, api.timing.p95);
    for (const auto& [status, count] : api.by_status) text += fmt::format(", {} {}", count, status);
    text += '\n';
  }
  return text;
}

std::string delivery_of(const picket::Stats& stats) {
  Count sent = 0;
  Count dropped = 0;
  for (const auto& [category, counts] : stats.categories) {
    sent += counts.sent;
    dropped += counts.dropped_total();
  }
  return fmt::format("delivery: {} sent, {} dropped, {} suppressed, {} waiting", sent, dropped,
                     stats.figures.suppressed, stats.delivery.queue_items);
}

}  // namespace

std::string describe(const picket::Stats& stats) {
  const picket::Figures& figures = stats.figures;
  return errors_of(figures) + commands_of(figures) + database_of(figures) + apis_of(figures) +
         delivery_of(stats);
}

}  // namespace bot
