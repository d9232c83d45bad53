#pragma once

// A deadline is a point in time, made once at the edge from the host's timeout, that covers every
// wait below it. It always runs on the real steady clock: it is a promise to the host.

#include <chrono>

namespace picket::base {

using Deadline = std::chrono::steady_clock::time_point;

/// `timeout` from now; a negative one is now, and one too large to add means "for ever".
inline Deadline deadline_in(std::chrono::milliseconds timeout) noexcept {
  const auto now = std::chrono::steady_clock::now();
  if (timeout <= std::chrono::milliseconds::zero()) return now;
  constexpr auto kForever = std::chrono::hours(24 * 365);
  return now + (timeout < kForever ? timeout : std::chrono::milliseconds(kForever));
}

/// What is left until then; 0 when it has passed.
/// Units: whole milliseconds, rounded up, so that who waits so long does not come too early.
inline std::chrono::milliseconds time_until(Deadline deadline) noexcept {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return left > std::chrono::milliseconds::zero() ? left : std::chrono::milliseconds::zero();
}

}  // namespace picket::base
