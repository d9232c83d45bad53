#pragma once

// What a host can learn about the way of a single event, and about the end of a `drain`.

#include "picket/event_id.hpp"
#include "picket/stats.hpp"

#include <functional>
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

/// Is told what became of each event and transaction for which a capture returned an id. Runs on
/// the worker; what is left when `close` runs out of time is told by the thread that closes. It
/// must not wait for the client. A host that is slower than its events misses some: see
/// `DeliveryStats::untold`.
using OnDelivery = std::function<void(const Delivery&)>;

/// What `drain` has left.
struct DrainReport {
  bool finished = false;  // nothing was pending any more at the end
  Stats stats{};          // at that moment
};

}  // namespace picket
