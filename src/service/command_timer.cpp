#include "picket/command_timer.hpp"

#include "base/contain.hpp"
#include "base/text.hpp"
#include "picket/metrics.hpp"
#include "picket/scope.hpp"
#include "scope/thread_scopes.hpp"
#include "sdk/current_client.hpp"
#include "stacktrace/demangle.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace picket {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kMaxTextBytes = 8192;  // of an error's text

std::string_view to_text(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::ok:
      return "ok";
    case Outcome::user_error:
      return "user_error";
    case Outcome::failed:
      break;
  }
  return "failed";
}

/// Rounded to two decimals. Spec: S6.10.
double milliseconds_of(nanoseconds duration) noexcept {
  constexpr std::int64_t kHundredth = 10'000;  // of a millisecond, in nanoseconds
  return static_cast<double>((duration.count() + kHundredth / 2) / kHundredth) / 100.0;
}

/// How long the command ran, if it was started.
std::optional<nanoseconds> stop(std::string_view name, const Clock& clock) {
  const auto since = scope::isolation_scope()->with_command_timers(
      [name](scope::CommandTimers& timers) { return timers.end(name); });
  if (!since) return {};
  return std::max(nanoseconds(0), nanoseconds(clock.steady() - *since));
}

/// For the figures and as metrics. Spec: S6.13.
void record(std::string_view name, Outcome outcome, std::optional<nanoseconds> duration,
            const std::exception* error) {
  const bool has_failed = outcome == Outcome::failed;
  std::string error_type;
  if (has_failed && error != nullptr) error_type = stacktrace::type_name(typeid(*error)).type;
  record_command_metric({.command = name,
                         .duration = duration,
                         .success = !has_failed,
                         .error_type = error_type,
                         .user_error = outcome == Outcome::user_error});
}

void tell_error(Scope& scope, const std::exception& error) {
  const std::string demangled = stacktrace::demangle(typeid(error).name());
  const auto name = stacktrace::split_type_name(stacktrace::unwrap_nested(demangled));
  const char* const what = error.what();
  const std::string_view text = what == nullptr ? std::string_view() : what;
  scope.set_tag("command.error_type", name.type);
  scope.set_context("command_error",
                    {{"error_message", base::utf8_prefix(text, kMaxTextBytes)},
                     {"error_type", name.type},
                     {"error_module", name.module.empty() ? "unknown" : name.module.c_str()}});
}

/// What an earlier command left on a scope that is used again must not be taken for this one's.
void forget_error(Scope& scope) noexcept {
  scope.remove_tag("command.error_type");
  scope.remove_context("command_error");
}

}  // namespace

void track_command_start(std::string_view name) noexcept {
  if (!sdk::is_active()) return;
  base::contain([&] {
    const sdk::BorrowedCore core;
    if (!core) return;
    const SteadyTime now = core->config().options.clock.steady();
    scope::isolation_scope()->with_command_timers(
        [&](scope::CommandTimers& timers) { timers.start(name, now); });
  });
}

void track_command_end(std::string_view name, Outcome outcome,
                       const std::exception* error) noexcept {
  if (!sdk::is_active()) return;
  base::contain([&] {
    const sdk::BorrowedCore core;
    if (!core) return;
    const auto duration = stop(name, core->config().options.clock);
    record(name, outcome, duration, error);

    Scope scope(scope::innermost_scope());
    if (duration) {
      scope.set_tag("command.execution_time_ms", milliseconds_of(*duration));
    } else {
      scope.remove_tag("command.execution_time_ms");
    }
    scope.set_tag("command.success", outcome != Outcome::failed);
    scope.set_tag("command.outcome", to_text(outcome));
    if (outcome == Outcome::failed && error != nullptr) {
      tell_error(scope, *error);
    } else {
      forget_error(scope);
    }
  });
}

void track_command_end(std::string_view name, bool success, const std::exception* error) noexcept {
  track_command_end(name, success ? Outcome::ok : Outcome::failed, error);
}

CommandTimer::CommandTimer(std::string_view name) noexcept {
  if (!sdk::is_active()) return;
  base::contain([&] {
    name_ = name;
    track_command_start(name);
    exceptions_ = std::uncaught_exceptions();
    is_running_ = true;
  });
}

CommandTimer::CommandTimer(CommandTimer&& other) noexcept
    : name_(std::move(other.name_)),
      is_running_(std::exchange(other.is_running_, false)),
      exceptions_(other.exceptions_) {}

CommandTimer& CommandTimer::operator=(CommandTimer&& other) noexcept {
  if (this != &other) {
    finish();
    name_ = std::move(other.name_);
    is_running_ = std::exchange(other.is_running_, false);
    exceptions_ = other.exceptions_;
  }
  return *this;
}

CommandTimer::~CommandTimer() {
  finish(std::uncaught_exceptions() > exceptions_ ? Outcome::failed : Outcome::ok);
}

void CommandTimer::finish(Outcome outcome, const std::exception* error) noexcept {
  if (std::exchange(is_running_, false)) track_command_end(name_, outcome, error);
}

CommandTimer track_command(std::string_view name) noexcept { return CommandTimer(name); }

}  // namespace picket
