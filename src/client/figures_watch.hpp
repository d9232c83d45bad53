#pragma once

// What the worker does with the key figures while time passes: it evaluates `Options::alert_rules`
// about once a second and calls `Options::on_stats` every `stats_interval`. Without rules, or
// nobody to tell, and without `on_stats` there is no such chore, and the worker sleeps on.

#include "client/config.hpp"
#include "figures/recorder.hpp"
#include "picket/alerts.hpp"
#include "picket/stats.hpp"
#include "protocol/loss_ledger.hpp"

#include <atomic>
#include <chrono>
#include <memory>

namespace picket::client {

/// It shares what it looks at with the engine, because a worker that hangs in a callback may
/// outlive that.
/// Threads: the worker, but for the constructor and what is constant.
class FiguresWatch {
 public:
  FiguresWatch(std::shared_ptr<const Config> config, std::shared_ptr<protocol::LossLedger> ledger,
               std::shared_ptr<figures::Recorder> recorder);

  [[nodiscard]] static bool is_wanted(const Config& config) noexcept;

  /// A run of a command that takes longer than this is worth a look at once.
  [[nodiscard]] static std::chrono::nanoseconds slow_run(const Config& config) noexcept;

  /// Has the next `tend` look, though its time has not come. Threads: any.
  void hurry() noexcept { is_in_a_hurry_.store(true); }

  /// The worker's chore: calls what is due; what it throws is contained. Returns when it wants to
  /// be asked again.
  SteadyTime tend(SteadyTime now, const DeliveryStats& delivery);

 private:
  void look(SteadyTime now, const DeliveryStats& delivery);
  [[nodiscard]] Stats stats(const DeliveryStats& delivery, const Figures& figures) const;

  const std::shared_ptr<const Config> config_;
  const std::shared_ptr<protocol::LossLedger> ledger_;
  const std::shared_ptr<figures::Recorder> recorder_;  // null: figures are not wanted
  AlertEngine alerts_;
  const std::chrono::milliseconds period_;
  SteadyTime last_look_{};
  SteadyTime next_look_{};
  SteadyTime next_stats_{};
  std::atomic<bool> is_in_a_hurry_{false};
};

}  // namespace picket::client
