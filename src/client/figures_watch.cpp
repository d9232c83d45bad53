#include "client/figures_watch.hpp"

#include "base/contain.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace picket::client {
namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::milliseconds kAlertPeriod{1000};

// However often somebody is in a hurry, this lies between two looks.
constexpr std::chrono::milliseconds kLeastPeriod{100};

bool wants_alerts(const Options& options) noexcept {
  return options.enable_figures && options.on_alert && !options.alert_rules.empty();
}

std::chrono::milliseconds period_of(const Options& options) noexcept {
  if (!wants_alerts(options)) return options.stats_interval;
  return options.on_stats ? std::min(options.stats_interval, kAlertPeriod) : kAlertPeriod;
}

}  // namespace

FiguresWatch::FiguresWatch(std::shared_ptr<const Config> config,
                           std::shared_ptr<protocol::LossLedger> ledger,
                           std::shared_ptr<figures::Recorder> recorder)
    : config_(std::move(config)),
      ledger_(std::move(ledger)),
      recorder_(std::move(recorder)),
      period_(period_of(config_->options)) {
  const Options& options = config_->options;
  const SteadyTime now = options.clock.steady();
  next_look_ = now + period_;
  next_stats_ = now + options.stats_interval;
  if (!wants_alerts(options)) return;
  alerts_ = AlertEngine(options.alert_rules);
  alerts_.on_change(options.on_alert);
}

bool FiguresWatch::is_wanted(const Config& config) noexcept {
  return wants_alerts(config.options) || config.options.on_stats;
}

nanoseconds FiguresWatch::slow_run(const Config& config) noexcept {
  double seconds = std::chrono::duration<double>(nanoseconds::max()).count();
  if (wants_alerts(config.options)) {
    for (const AlertRule& rule : config.options.alert_rules) {
      if (rule.figure == Figure::command_duration) seconds = std::fmin(seconds, rule.threshold);
    }
  }
  // A bit less than the number that would not fit any more.
  return nanoseconds(static_cast<nanoseconds::rep>(std::clamp(seconds, 0.0, 9e9) * 1e9));
}

SteadyTime FiguresWatch::tend(SteadyTime now, const DeliveryStats& delivery) {
  if (is_in_a_hurry_.exchange(false)) {
    next_look_ = std::min(next_look_, last_look_ + kLeastPeriod);
  }
  if (now < next_look_) return next_look_;
  last_look_ = now;
  next_look_ = now + period_;
  base::contain([&] { look(now, delivery); });  // want of memory must not end the chore
  return next_look_;
}

void FiguresWatch::look(SteadyTime now, const DeliveryStats& delivery) {
  const Options& options = config_->options;
  const Figures figures = recorder_ ? recorder_->snapshot() : Figures{};
  alerts_.evaluate(figures, options.clock.wall());
  if (!options.on_stats || now < next_stats_) return;
  next_stats_ = now + options.stats_interval;
  base::contain([&] { options.on_stats(stats(delivery, figures)); });
}

Stats FiguresWatch::stats(const DeliveryStats& delivery, const Figures& figures) const {
  Stats stats = ledger_->stats();
  stats.delivery = delivery;
  if (!config_->options.enable_backpressure_handling) stats.delivery.backpressure = 0;
  stats.figures = figures;
  return stats;
}

}  // namespace picket::client
