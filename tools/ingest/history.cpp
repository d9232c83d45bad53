#include "ingest/history.hpp"

#include "ingest/percentile.hpp"

#include <algorithm>
#include <set>

namespace picket::ingest {
namespace {

using std::chrono::floor;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Sixty buckets of a second, the present one and those before it.
WallTime minute_before(WallTime now) { return floor<seconds>(now) - seconds(59); }

// Sixty buckets of a minute.
WallTime hour_before(WallTime now) { return floor<minutes>(now) - minutes(59); }

bool by_end(const Timed& a, const Timed& b) { return a.end < b.end; }

std::uint64_t count_between(const std::vector<WallTime>& times, WallTime from, WallTime to) {
  const auto first = std::lower_bound(times.begin(), times.end(), from);
  const auto last = std::upper_bound(first, times.end(), to);
  return static_cast<std::uint64_t>(last - first);
}

double share(std::uint64_t failed, std::uint64_t ok) {
  return failed == 0 ? 0 : static_cast<double>(failed) / static_cast<double>(failed + ok);
}

// Of those that have ended by then.
std::vector<double> durations(const std::vector<Timed>& timed, WallTime now) {
  std::vector<double> found;
  for (const Timed& one : timed) {
    if (one.end <= now) found.push_back(one.milliseconds);
  }
  return found;
}

double longest_within(const std::vector<Timed>& timed, WallTime from, WallTime to) {
  auto one = std::lower_bound(timed.begin(), timed.end(), Timed{.end = from}, by_end);
  double longest = 0;
  for (; one != timed.end() && one->end <= to; ++one) {
    longest = std::max(longest, one->milliseconds);
  }
  return longest;
}

std::map<std::string, std::vector<Timed>> by_name(const std::vector<Timed>& all, WallTime now) {
  std::map<std::string, std::vector<Timed>> found;
  for (const Timed& one : all) {
    if (one.end <= now) found[one.name].push_back(one);
  }
  return found;
}

}  // namespace

History::History(const Received& received) {
  const auto metrics = received.metrics();
  const auto transactions = received.transactions();
  read_errors(received);
  read_commands(metrics);
  database_ = database_times(metrics, transactions);
  api_ = api_times(metrics, transactions);
}

void History::read_errors(const Received& received) {
  for (const Value& value : received.events()) {
    const Node event(value);
    if (!is_error(event)) continue;
    const double suppressed = event["contexts"]["picket"]["suppressed"].number().value_or(0);
    errors_.push_back({.time = wall_time(event["timestamp"].seconds().value_or(0)),
                       .kind = tag_of(event, "error.type"),
                       .type = error_type(event),
                       .user = user_id_of(event),
                       .suppressed = static_cast<std::uint64_t>(std::max(suppressed, 0.0))});
  }
  std::stable_sort(errors_.begin(), errors_.end(),
                   [](const Error& a, const Error& b) { return a.time < b.time; });
  for (const Error& error : errors_) {
    error_times_.push_back(error.time);
    if (error.kind == "database") database_errors_.push_back(error.time);
  }
}

void History::read_commands(const std::vector<MetricRecord>& metrics) {
  const auto add_run = [](Command& command, const CommandRun& run) {
    if (run.outcome == Outcome::ok) command.ok.push_back(run.end);
    if (run.outcome == Outcome::failed) command.failed.push_back(run.end);
    if (run.outcome == Outcome::user_error) command.user_errors.push_back(run.end);
  };
  auto runs = runs_of_metrics(metrics);
  std::stable_sort(runs.begin(), runs.end(),
                   [](const CommandRun& a, const CommandRun& b) { return a.end < b.end; });
  for (const CommandRun& run : runs) {
    add_run(commands_[run.command], run);
    add_run(all_commands_, run);
  }
  auto times = command_times(metrics);
  std::stable_sort(times.begin(), times.end(), by_end);
  for (const Timed& one : times) {
    commands_[one.name].timed.push_back(one);
    all_commands_.timed.push_back(one);
  }
}

Rate History::rate(const Times& times, WallTime now) {
  return {.last_minute = count_between(times, minute_before(now), now),
          .last_hour = count_between(times, hour_before(now), now),
          .total = count_between(times, WallTime::min(), now)};
}

CommandFigures History::windows(const Command& command, WallTime now) {
  CommandFigures figures;
  figures.ok = rate(command.ok, now);
  figures.failed = rate(command.failed, now);
  figures.user_errors = rate(command.user_errors, now);
  figures.failed_share = share(figures.failed.total, figures.ok.total);
  figures.failed_share_last_minute = share(figures.failed.last_minute, figures.ok.last_minute);
  figures.longest_last_minute = longest_within(command.timed, minute_before(now), now);
  return figures;
}

Figures History::windows_at(WallTime now) const {
  Figures figures;
  figures.errors = rate(error_times_, now);
  figures.database_errors = rate(database_errors_, now);
  figures.all_commands = windows(all_commands_, now);
  for (const auto& [name, command] : commands_) figures.commands[name] = windows(command, now);
  return figures;
}

void History::add_errors(Figures& figures, WallTime now) const {
  std::map<std::string, Times> by_kind, by_type;
  std::set<std::string> users;
  for (const Error& error : errors_) {
    if (error.time > now) break;
    by_kind[error.kind.empty() ? "generic" : error.kind].push_back(error.time);
    if (!error.type.empty()) by_type[error.type].push_back(error.time);
    if (!error.user.empty()) users.insert(error.user);
    figures.suppressed += error.suppressed;
  }
  for (const auto& [kind, times] : by_kind) figures.errors_by_kind[kind] = rate(times, now);
  for (const auto& [type, times] : by_type) figures.errors_by_type[type] = rate(times, now);
  figures.affected_users = users.size();
}

Figures History::figures_at(WallTime now) const {
  Figures figures = windows_at(now);
  add_errors(figures, now);
  figures.all_commands.timing = timing_of(durations(all_commands_.timed, now));
  for (const auto& [name, command] : commands_) {
    figures.commands[name].timing = timing_of(durations(command.timed, now));
  }
  for (const auto& [name, calls] : by_name(database_, now)) {
    figures.database[name] = timing_of(durations(calls, now));
  }
  for (const auto& [name, calls] : by_name(api_, now)) {
    figures.api[name].timing = timing_of(durations(calls, now));
    for (const Timed& call : calls) ++figures.api[name].by_status[call.status];
  }
  return figures;
}

History::Times History::all_times() const {
  Times times = error_times_;
  times.insert(times.end(), database_errors_.begin(), database_errors_.end());
  for (const Times* runs : {&all_commands_.ok, &all_commands_.failed, &all_commands_.user_errors}) {
    times.insert(times.end(), runs->begin(), runs->end());
  }
  for (const Timed& one : all_commands_.timed) times.push_back(one.end);
  return times;
}

WallTime History::end() const {
  const Times times = all_times();
  return times.empty() ? WallTime() : *std::max_element(times.begin(), times.end());
}

std::vector<WallTime> History::turning_points(WallTime end) const {
  std::set<WallTime> points;
  for (const WallTime time : all_times()) {
    points.insert({time, floor<seconds>(time) + minutes(1), floor<minutes>(time) + hours(1)});
  }
  points.erase(points.upper_bound(end), points.end());
  return {points.begin(), points.end()};
}

}  // namespace picket::ingest
