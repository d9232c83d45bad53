#include "ingest/alert_replay.hpp"

namespace picket::ingest {

std::vector<AlertRule> default_rules() {
  return {alerts::high_error_rate(), alerts::slow_command(), alerts::database_errors()};
}

std::vector<AlertChange> replay_alerts(const History& history, std::vector<AlertRule> rules,
                                       WallTime end) {
  std::vector<AlertChange> changes;
  AlertEngine engine(std::move(rules));
  engine.on_change([&](const AlertChange& change) { changes.push_back(change); });
  for (const WallTime time : history.turning_points(end)) {
    engine.evaluate(history.windows_at(time), time);
  }
  return changes;
}

}  // namespace picket::ingest
