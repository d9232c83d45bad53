#include "ingest/report.hpp"

#include "ingest/alert_replay.hpp"
#include "ingest/formats.hpp"
#include "ingest/history.hpp"
#include "ingest/required_fields.hpp"
#include "ingest/widget_tables.hpp"
#include "picket/json.hpp"
#include "picket/stats.hpp"

namespace picket::ingest {
namespace {

constexpr double kMaxSeconds = 1e11;  // a microsecond count of it fits

std::string_view name_of(Figure figure) {
  switch (figure) {
    case Figure::errors:
      return "errors";
    case Figure::database_errors:
      return "database_errors";
    case Figure::command_duration:
      return "command_duration";
    case Figure::failed_commands:
      return "failed_commands";
  }
  return "";
}

std::string_view name_of(AlertChange::Kind kind) {
  return kind == AlertChange::Kind::raised ? "raised" : "recovered";
}

Object to_object(const AlertChange& one) {
  return {{"change", name_of(one.kind)},
          {"rule", one.rule},
          {"audience", one.audience},
          {"figure", name_of(one.figure)},
          {"value", one.value},
          {"threshold", one.threshold},
          {"time", static_cast<double>(one.time.time_since_epoch().count()) / 1e6},
          {"command", one.command.empty() ? Value() : Value(one.command)}};
}

template <class From>
List to_list(const std::vector<From>& from) {
  List list;
  for (const From& one : from) {
    if constexpr (std::is_same_v<From, std::string>) {
      list.emplace_back(one);
    } else {
      list.emplace_back(to_object(one));
    }
  }
  return list;
}

// As the library writes them, so that both can be compared member by member.
Value figures_json(const Figures& figures) {
  Stats stats;
  stats.figures = figures;
  const Result<Value> all = parse_json(picket::to_json(stats));
  return all ? all->at("figures") : Value();
}

}  // namespace

Report report_on(const Received& received, ReportOptions options) {
  const History history(received);
  return {.until = options.until,
          .figures = history.figures_at(options.until),
          .alerts = replay_alerts(history, std::move(options.rules), options.until),
          .widgets = widgets_of(received, options.tags),
          .missing = missing_fields(received)};
}

WallTime end_of(const Received& received) { return History(received).end(); }

std::optional<WallTime> parse_until(const std::string& text, WallTime last, WallTime now) {
  if (text == "now") return now;
  if (const auto time = parse_rfc3339(text)) return wall_time(*time);
  if (text.empty() || text.find_first_not_of("+0123456789.") != text.npos) return std::nullopt;
  const bool is_relative = text.front() == '+';
  const Result<Value> number = parse_json(is_relative ? text.substr(1) : text);
  if (!number || !number->is_number() || number->number_or(0) > kMaxSeconds) return std::nullopt;
  const WallTime time = wall_time(number->number_or(0));
  return is_relative ? last + time.time_since_epoch() : time;
}

std::string to_json(const Report& report) {
  return picket::to_json(
      Value(Object{{"until", static_cast<double>(report.until.time_since_epoch().count()) / 1e6},
                   {"figures", figures_json(report.figures)},
                   {"alerts", to_list(report.alerts)},
                   {"widgets", widget_json(report.widgets)},
                   {"missing_fields", to_list(report.missing)}}));
}

}  // namespace picket::ingest
