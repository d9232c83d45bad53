#include "picket/clock.hpp"

#include <ctime>

namespace picket {

ClockSource::~ClockSource() = default;

WallTime Clock::wall() const noexcept {
  if (source_) return source_->wall();
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

SteadyTime Clock::steady() const noexcept {
  return source_ ? source_->steady() : std::chrono::steady_clock::now();
}

SteadyTime Clock::about_now() const noexcept {
#ifdef CLOCK_MONOTONIC_COARSE
  timespec now{};
  if (!source_ && clock_gettime(CLOCK_MONOTONIC_COARSE, &now) == 0) {
    return SteadyTime(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
  }
#endif
  return steady();
}

void Clock::wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                       SteadyTime until) const {
  if (source_) {
    source_->wait_until(lock, changed, until);
  } else {
    changed.wait_until(lock, until);
  }
}

}  // namespace picket
