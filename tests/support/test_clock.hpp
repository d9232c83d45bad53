#pragma once

// A clock that stands still until a test moves it. Whoever waits for it is woken when it moves, and
// a test can wait until somebody does.

#include "picket/clock.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace picket::test {

class TestClock final : public ClockSource {
 public:
  [[nodiscard]] WallTime wall() const noexcept override {
    const std::lock_guard lock(mutex_);
    return wall_;
  }

  [[nodiscard]] SteadyTime steady() const noexcept override {
    const std::lock_guard lock(mutex_);
    return steady_;
  }

  void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                  SteadyTime until) const override {
    {
      const std::lock_guard own(mutex_);
      if (steady_ >= until) return;
      sleepers_.push_back({lock.mutex(), &changed, until});
      slept_.notify_all();
    }
    changed.wait(lock);
    const std::lock_guard own(mutex_);
    std::erase_if(sleepers_, [&](const Sleeper& s) { return s.changed == &changed; });
  }

  void advance(std::chrono::nanoseconds by) {
    std::vector<Sleeper> woken;
    {
      const std::lock_guard own(mutex_);
      steady_ += std::chrono::duration_cast<SteadyTime::duration>(by);
      wall_ += std::chrono::duration_cast<WallTime::duration>(by);
      woken = sleepers_;
      // Whose time has come is gone for `await_sleeper`, even before its thread runs.
      std::erase_if(sleepers_, [&](const Sleeper& s) { return s.until <= steady_; });
    }
    for (const Sleeper& sleeper : woken) {
      // Passing through the sleeper's lock makes sure that it already waits.
      { const std::lock_guard passed(*sleeper.mutex); }
      sleeper.changed->notify_all();
    }
  }

  /// How long the next sleeper wants to wait; nothing when none comes within ten seconds.
  std::optional<std::chrono::nanoseconds> await_sleeper() const {
    std::unique_lock own(mutex_);
    if (!slept_.wait_for(own, std::chrono::seconds(10), [&] { return !sleepers_.empty(); })) {
      return std::nullopt;
    }
    return sleepers_.front().until - steady_;
  }

  /// Waits until somebody wants to wait for exactly `wait`; false when nobody does within ten
  /// seconds. On the way there a thread may have slept for something else.
  bool await_sleep_of(std::chrono::nanoseconds wait) const {
    std::unique_lock own(mutex_);
    return slept_.wait_for(own, std::chrono::seconds(10), [&] {
      return std::any_of(sleepers_.begin(), sleepers_.end(),
                         [&](const Sleeper& s) { return s.until - steady_ == wait; });
    });
  }

 private:
  struct Sleeper {
    std::mutex* mutex;
    std::condition_variable* changed;
    SteadyTime until;
  };

  mutable std::mutex mutex_;
  mutable std::condition_variable slept_;
  mutable std::vector<Sleeper> sleepers_;
  SteadyTime steady_{std::chrono::hours(1000)};
  WallTime wall_{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};
};

}  // namespace picket::test
