#pragma once

// Alerts: rules over the figures of `figures.hpp`, and the engine that tells when one is crossed
// and when it is over. `Options::alert_rules` has the client evaluate them; an engine of one's own
// works on any `Figures`, for example those of another process.

#include "picket/clock.hpp"
#include "picket/export.hpp"
#include "picket/figures.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace picket {

/// What a rule looks at.
/// Units: events within the window, but seconds for the longest run of a command, and 0 to 1 for
/// the share of failed commands. Spec: S10.7.
enum class Figure : unsigned char { errors, database_errors, command_duration, failed_commands };

/// Fires when the figure becomes greater than the threshold.
/// Spec: S10.7, S10.8.
struct AlertRule {
  std::string name{};
  Figure figure = Figure::errors;
  double threshold = 0;
  std::chrono::seconds window{60};  // 60 or 3600
  std::string audience{};
};

/// A rule has been crossed, or is over.
struct AlertChange {
  enum class Kind : unsigned char { raised, recovered };

  Kind kind = Kind::raised;
  std::string rule{};
  std::string audience{};
  Figure figure = Figure::errors;
  double value = 0;
  double threshold = 0;
  WallTime time{};
  std::string command{};  // of `command_duration`

  friend bool operator==(const AlertChange&, const AlertChange&) = default;
};

/// Called on the client's worker, outside of picket's locks; what it throws is contained.
using OnAlert = std::function<void(const AlertChange&)>;

namespace alerts {

/// More than ten errors per minute, for the team.
PICKET_EXPORT AlertRule high_error_rate(double per_minute = 10);

/// A command that took longer than five seconds, for the developers.
PICKET_EXPORT AlertRule slow_command(std::chrono::milliseconds limit = std::chrono::seconds(5));

/// More than five database errors per minute, for the infrastructure team.
PICKET_EXPORT AlertRule database_errors(double per_minute = 5);

}  // namespace alerts

/// Keeps for each rule whether it is raised.
/// Threads: one at a time.
/// Spec: S10.8.
class PICKET_EXPORT AlertEngine {
 public:
  AlertEngine();
  explicit AlertEngine(std::vector<AlertRule> rules);
  AlertEngine(AlertEngine&&) noexcept;
  AlertEngine& operator=(AlertEngine&&) noexcept;
  ~AlertEngine();

  void add(AlertRule rule);
  void on_change(OnAlert callback);

  /// Compares every rule with `figures`, as of `now`, and tells what has changed.
  void evaluate(const Figures& figures, WallTime now) noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket
