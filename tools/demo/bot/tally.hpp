#pragma once

// What the service has done since its start.

#include "picket/clock.hpp"
#include "picket/value.hpp"

#include <atomic>
#include <cstddef>
#include <string>

namespace bot {

/// How commands ended so far.
/// Threads: any.
struct Tally {
  std::atomic<std::size_t> ok{0};
  std::atomic<std::size_t> user_errors{0};
  std::atomic<std::size_t> failed{0};
  const picket::SteadyTime start = picket::Clock().steady();
};

/// `3 ok, 1 user errors, 0 failed`.
std::string describe(const Tally& tally);

/// The context `bot_stats`: counts and uptime. (T26)
picket::Object to_context(const Tally& tally);

}  // namespace bot
