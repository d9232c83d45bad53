#include "picket/testing/manual_clock.hpp"

#include <atomic>

namespace picket::testing {
namespace {

using std::chrono::microseconds;

constexpr WallTime kStart{microseconds(1'767'225'600'000'000)};  // 2026-01-01T00:00:00Z

}  // namespace

class ManualClock::Source final : public ClockSource {
 public:
  [[nodiscard]] WallTime wall() const noexcept override { return kStart + elapsed(); }
  [[nodiscard]] SteadyTime steady() const noexcept override {
    return SteadyTime{} + std::chrono::hours(1) + elapsed();
  }

  void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                  SteadyTime until) const override {
    if (steady() >= until) return;
    // Looks again soon instead of being told: the waiter's mutex and condition may be gone by the
    // time `advance` would touch them. Callers loop over their condition anyway.
    changed.wait_for(lock, std::chrono::milliseconds(1));
  }

  void advance(microseconds by) noexcept { elapsed_.fetch_add(by.count()); }

 private:
  [[nodiscard]] microseconds elapsed() const noexcept { return microseconds(elapsed_.load()); }

  std::atomic<microseconds::rep> elapsed_{0};
};

ManualClock::ManualClock() : source_(std::make_shared<Source>()) {}

void ManualClock::advance(microseconds by) noexcept { source_->advance(by); }

WallTime ManualClock::wall() const noexcept { return source_->wall(); }

SteadyTime ManualClock::steady() const noexcept { return source_->steady(); }

Clock ManualClock::handle() const noexcept { return Clock(source_); }

}  // namespace picket::testing
