#pragma once

// What a host can learn about the way of a single event, and about the end of a `drain`.

#include "picket/event_id.hpp"
#include "picket/stats.hpp"

#include <cstdint>
#include <string_view>

namespace picket {

/// Where an event has come to.
enum class DeliveryOutcome : unsigned char {
  sent,     // the server has taken it
  spooled,  // it waits on disk; a further call follows when it leaves
  dropped,  // for `Delivery::reason`
};

/// Lifetime: borrowed until the callback returns.
struct Delivery {
  EventId id{};                 // as `capture_*` returned it
  std::string_view category{};  // `error`, `transaction`, …
  DeliveryOutcome outcome = DeliveryOutcome::sent;
  std::string_view reason{};  // a discard reason as in `stats()`; empty unless dropped
};

/// What `drain` has left.
struct DrainReport {
  bool finished = false;  // nothing was pending any more at the end
  Stats stats{};          // at that moment
};

}  // namespace picket
