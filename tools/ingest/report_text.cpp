// The report as tables for a terminal.

#include "ingest/plain_text.hpp"
#include "ingest/report.hpp"
#include "ingest/text_table.hpp"
#include "ingest/widget_tables.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>

namespace picket::ingest {
namespace {

constexpr std::size_t kMaxMissing = 20;

std::string percent(double share) { return fmt::format("{:.1f} %", share * 100); }

std::string text_of(WallTime time) {
  const auto us = time.time_since_epoch().count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(static_cast<std::time_t>(us / 1'000'000)), us / 1000 % 1000);
}

std::string measured(Figure figure, double value) {
  if (figure == Figure::command_duration) return fmt::format("{:.3f} s", value);
  if (figure == Figure::failed_commands) return percent(value);
  return fmt::format("{}", value);
}

std::string name_of(AlertChange::Kind kind) {
  return kind == AlertChange::Kind::raised ? "raised" : "recovered";
}

std::string alert_table(const std::vector<AlertChange>& alerts) {
  TextTable table({{"time, UTC", Align::left},
                   {"change", Align::left},
                   {"rule", Align::left, 18},
                   {"value"},
                   {"limit"},
                   {"command", Align::left, 16},
                   {"audience", Align::left, 14}});
  for (const AlertChange& one : alerts) {
    table.add({text_of(one.time).substr(sizeof("2026-03-01T") - 1), name_of(one.kind), one.rule,
               measured(one.figure, one.value), measured(one.figure, one.threshold),
               one.command.empty() ? "-" : one.command, one.audience});
  }
  return "── alerts\n" + table.to_text() + '\n';
}

std::vector<std::string> cells(std::string name, const Rate& rate) {
  return {std::move(name), fmt::format("{}", rate.last_minute), fmt::format("{}", rate.last_hour),
          fmt::format("{}", rate.total)};
}

std::string rate_table(const Figures& figures) {
  TextTable table({{"key figure", Align::left}, {"last minute"}, {"last hour"}, {"total"}});
  table.add(cells("errors", figures.errors));
  for (const auto& [kind, rate] : figures.errors_by_kind)
    table.add(cells("  of kind " + kind, rate));
  table.add(cells("database errors", figures.database_errors));
  table.add(cells("commands ok", figures.all_commands.ok));
  table.add(cells("commands failed", figures.all_commands.failed));
  table.add(cells("user errors", figures.all_commands.user_errors));
  table.add({"failed share", percent(figures.all_commands.failed_share_last_minute), "",
             percent(figures.all_commands.failed_share)});
  table.add({"affected users", "", "", fmt::format("{}", figures.affected_users)});
  return table.to_text() + '\n';
}

void add_timing(TextTable& table, std::string_view what, const std::string& name,
                const Timing& timing) {
  const auto number = [&](double value) {
    return timing.count == 0 ? std::string("-") : fmt::format("{:.3f}", value);
  };
  table.add({std::string(what), name, fmt::format("{}", timing.count), number(timing.mean),
             number(timing.p50), number(timing.p95), number(timing.max)});
}

std::string timing_table(const Figures& figures) {
  TextTable table({{"timed", Align::left},
                   {"name", Align::left},
                   {"count"},
                   {"mean ms"},
                   {"p50 ms"},
                   {"p95 ms"},
                   {"max ms"}});
  for (const auto& [name, one] : figures.commands) add_timing(table, "command", name, one.timing);
  for (const auto& [name, timing] : figures.database) add_timing(table, "database", name, timing);
  for (const auto& [name, one] : figures.api) add_timing(table, "api", name, one.timing);
  return "── durations\n" + table.to_text() + '\n';
}

std::string status_table(const Figures& figures) {
  const std::array<const char*, 5> classes = {"2xx", "3xx", "4xx", "5xx", "none"};
  TextTable table({{"api", Align::left}, {"2xx"}, {"3xx"}, {"4xx"}, {"5xx"}, {"none"}});
  for (const auto& [name, one] : figures.api) {
    std::vector<std::string> row{name};
    for (const char* status : classes) {
      const auto found = one.by_status.find(status);
      row.push_back(fmt::format("{}", found == one.by_status.end() ? 0 : found->second));
    }
    table.add(row);
  }
  return "── calls of other services by status\n" + table.to_text() + '\n';
}

std::string missing_text(const std::vector<std::string>& missing) {
  std::string text = "── fields that widgets need and that did not come\n";
  if (missing.empty()) text += "  none\n";
  for (std::size_t i = 0; i < missing.size() && i < kMaxMissing; ++i) {
    text += "  " + cut(one_line(missing[i]), 98) + '\n';
  }
  if (missing.size() > kMaxMissing) {
    text += fmt::format("  … and {} more\n", missing.size() - kMaxMissing);
  }
  return text + '\n';
}

}  // namespace

std::string to_text(const Report& report) {
  return fmt::format("── key figures, as of {}\n", text_of(report.until)) +
         rate_table(report.figures) + timing_table(report.figures) + status_table(report.figures) +
         alert_table(report.alerts) + widget_tables(report.widgets) + missing_text(report.missing);
}

}  // namespace picket::ingest
