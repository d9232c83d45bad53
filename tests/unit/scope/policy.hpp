#pragma once

// Sets the process-wide policy for breadcrumbs for the length of one test.

#include "scope/thread_scopes.hpp"

#include <memory>

namespace picket::scope {

class StoppedClock final : public ClockSource {
 public:
  explicit StoppedClock(WallTime now) : now_(now) {}
  [[nodiscard]] WallTime wall() const noexcept override { return now_; }
  [[nodiscard]] SteadyTime steady() const noexcept override { return {}; }
  void wait_until(std::unique_lock<std::mutex>&, std::condition_variable&,
                  SteadyTime) const override {}

 private:
  WallTime now_;
};

class Policy {
 public:
  explicit Policy(std::size_t max) { set_breadcrumb_policy(max, Clock()); }
  Policy(std::size_t max, WallTime now) {
    set_breadcrumb_policy(max, Clock(std::make_shared<StoppedClock>(now)));
  }
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;
  ~Policy() { set_breadcrumb_policy(100, Clock()); }
};

}  // namespace picket::scope
