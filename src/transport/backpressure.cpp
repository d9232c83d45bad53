#include "transport/backpressure.hpp"

#include "base/diagnostics.hpp"

#include <algorithm>
#include <chrono>

namespace picket::transport {
namespace {

constexpr std::int64_t kInterval = std::chrono::nanoseconds(std::chrono::seconds(10)).count();

std::int64_t count_of(SteadyTime time) noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

Backpressure::Backpressure(Clock clock)
    : clock_(std::move(clock)), next_look_(count_of(clock_.steady()) + kInterval) {}

bool Backpressure::is_due() noexcept {
  const std::int64_t now = count_of(clock_.steady());
  std::int64_t due = next_look_.load(std::memory_order_relaxed);
  return now >= due &&
         next_look_.compare_exchange_strong(due, now + kInterval, std::memory_order_relaxed);
}

void Backpressure::step(bool healthy) noexcept {
  const unsigned before = level_.load(std::memory_order_relaxed);
  const unsigned after = healthy ? 0 : std::min(before + 1, kMostLevel);
  level_.store(after, std::memory_order_relaxed);
  if (after != before) diag::debug("backpressure: level {}, was {}", after, before);
}

}  // namespace picket::transport
