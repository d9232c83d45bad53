#pragma once

// What `picket::AlertEngine` would have told, had it watched the received data arrive in the order
// in which it happened. A run can be judged afterwards, recoveries included.
//
//   const auto changes = replay_alerts(history, default_rules(), history.end() + 61s);

#include "ingest/history.hpp"
#include "picket/alerts.hpp"

#include <vector>

namespace picket::ingest {

/// The three of S10.7.
std::vector<AlertRule> default_rules();

/// Has `AlertEngine` look at every turning point up to `end`, as if it had been there.
/// Spec: S10.8.
std::vector<AlertChange> replay_alerts(const History& history, std::vector<AlertRule> rules,
                                       WallTime end);

}  // namespace picket::ingest
