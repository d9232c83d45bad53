#include "picket/alerts.hpp"

#include "base/contain.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

namespace picket {

namespace alerts {

AlertRule high_error_rate(double per_minute) {
  return {.name = "high_error_rate",
          .figure = Figure::errors,
          .threshold = per_minute,
          .audience = "team"};
}

AlertRule slow_command(std::chrono::milliseconds limit) {
  return {.name = "slow_command",
          .figure = Figure::command_duration,
          .threshold = std::chrono::duration<double>(limit).count(),
          .audience = "developers"};
}

AlertRule database_errors(double per_minute) {
  return {.name = "database_errors",
          .figure = Figure::database_errors,
          .threshold = per_minute,
          .audience = "infrastructure"};
}

}  // namespace alerts

namespace {

struct Measured {
  double value = 0;
  std::string_view command{};
};

bool is_hour(const AlertRule& rule) noexcept { return rule.window >= std::chrono::hours(1); }

double count(const Rate& rate, const AlertRule& rule) noexcept {
  return static_cast<double>(is_hour(rule) ? rate.last_hour : rate.last_minute);
}

double failed_share(const CommandFigures& commands, const AlertRule& rule) noexcept {
  const double failed = count(commands.failed, rule);
  return failed > 0 ? failed / (failed + count(commands.ok, rule)) : 0;
}

/// Seconds. Of a run that took too long the last minute tells, whatever the window.
Measured longest_run(const Figures& figures) noexcept {
  const auto longest = std::max_element(
      figures.commands.begin(), figures.commands.end(), [](const auto& a, const auto& b) {
        return a.second.longest_last_minute < b.second.longest_last_minute;
      });
  if (longest == figures.commands.end()) return {};
  return {longest->second.longest_last_minute / 1000, longest->first};
}

Measured measure(const AlertRule& rule, const Figures& figures) noexcept {
  switch (rule.figure) {
    case Figure::errors:
      return {count(figures.errors, rule)};
    case Figure::database_errors:
      return {count(figures.database_errors, rule)};
    case Figure::command_duration:
      return longest_run(figures);
    case Figure::failed_commands:
      return {failed_share(figures.all_commands, rule)};
  }
  return {};
}

}  // namespace

struct AlertEngine::Impl {
  struct Watched {
    AlertRule rule{};
    bool is_raised = false;
    std::string command{};  // that raised it
  };

  /// Nothing when the rule stays what it was.
  static bool update(Watched& watched, const Figures& figures, AlertChange& change);

  std::vector<Watched> rules{};
  OnAlert on_change{};
};

bool AlertEngine::Impl::update(Watched& watched, const Figures& figures, AlertChange& change) {
  const AlertRule& rule = watched.rule;
  const Measured measured = measure(rule, figures);
  const bool is_above = measured.value > rule.threshold;
  if (is_above == watched.is_raised) return false;
  if (is_above) watched.command = measured.command;
  change.kind = is_above ? AlertChange::Kind::raised : AlertChange::Kind::recovered;
  change.rule = rule.name;
  change.audience = rule.audience;
  change.figure = rule.figure;
  change.value = measured.value;
  change.threshold = rule.threshold;
  change.command = watched.command;
  watched.is_raised = is_above;
  return true;
}

AlertEngine::AlertEngine() : impl_(std::make_unique<Impl>()) {}

AlertEngine::AlertEngine(std::vector<AlertRule> rules) : AlertEngine() {
  for (AlertRule& rule : rules) add(std::move(rule));
}

AlertEngine::AlertEngine(AlertEngine&&) noexcept = default;
AlertEngine& AlertEngine::operator=(AlertEngine&&) noexcept = default;
AlertEngine::~AlertEngine() = default;

void AlertEngine::add(AlertRule rule) { impl_->rules.push_back({.rule = std::move(rule)}); }

void AlertEngine::on_change(OnAlert callback) { impl_->on_change = std::move(callback); }

void AlertEngine::evaluate(const Figures& figures, WallTime now) noexcept {
  // By index: the callback may add rules. Each rule is contained by itself.
  for (std::size_t i = 0; impl_ && i < impl_->rules.size(); ++i) {
    base::contain([&] {
      AlertChange change{.time = now};
      if (!Impl::update(impl_->rules[i], figures, change)) return;
      if (const OnAlert callback = impl_->on_change) callback(change);
    });
  }
}

}  // namespace picket
