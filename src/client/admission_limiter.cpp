#include "client/admission_limiter.hpp"

#include <atomic>
#include <chrono>
#include <utility>

namespace picket::client {
namespace {

/// The unit that the calling thread has taken and not used yet.
struct Paid {
  std::uint64_t limiter = 0;
  TypeKey type = kNoType;
  std::int64_t minute = 0;

  friend bool operator==(const Paid&, const Paid&) = default;
};

constinit thread_local Paid paid{};
constinit std::atomic<std::uint64_t> limiters{0};

std::int64_t minute_of(WallTime time) noexcept {
  return std::chrono::floor<std::chrono::minutes>(time).time_since_epoch().count();
}

}  // namespace

ErrorLimiter::ErrorLimiter(const ErrorLimit& limit, Clock clock)
    : limit_(limit), clock_(std::move(clock)), serial_(++limiters), types_(limit.max_types) {}

// Any other minute is a new one: a clock that was set back must not silence a type until it has
// caught up.
void ErrorLimiter::Budget::begin(std::int64_t now) noexcept {
  if (minute == now) return;
  minute = now;
  taken = 0;
}

bool ErrorLimiter::take_unit(TypeKey type, Budget& budget, std::int64_t now) noexcept {
  budget.begin(now);
  total_.begin(now);
  const bool type_is_over =
      limit_.per_type > 0 && type != kNoType && budget.taken >= limit_.per_type;
  const bool all_are_over = limit_.total > 0 && total_.taken >= limit_.total;
  if (type_is_over || all_are_over) {
    ++budget.suppressed;
    return false;
  }
  ++budget.taken;
  ++total_.taken;
  return true;
}

ErrorLimiter::Grant ErrorLimiter::take(TypeKey type) {
  const std::int64_t now = minute_of(clock_.wall());
  const bool is_paid = paid == Paid{serial_, type, now};
  if (is_paid) paid = {};
  const std::lock_guard lock(mutex_);
  Budget& budget = budget_of(type);
  if (!is_paid && !take_unit(type, budget, now)) return {.is_granted = false};
  return {.suppressed = std::exchange(budget.suppressed, 0)};
}

void ErrorLimiter::give_back(TypeKey type, std::uint64_t suppressed) {
  if (suppressed == 0) return;
  const std::lock_guard lock(mutex_);
  budget_of(type).suppressed += suppressed;
}

bool ErrorLimiter::ask(TypeKey type) {
  const std::int64_t now = minute_of(clock_.wall());
  const std::lock_guard lock(mutex_);
  if (!take_unit(type, budget_of(type), now)) return false;
  paid = {serial_, type, now};
  return true;
}

std::size_t ErrorLimiter::size() const {
  const std::lock_guard lock(mutex_);
  return types_.size();
}

}  // namespace picket::client
