#include "bot/pace.hpp"

#include "bot/errors.hpp"

namespace bot {

Pace::Pace(Kind kind) {
  if (kind == Kind::manual) manual_.emplace();
}

picket::Clock Pace::clock() const { return manual_ ? manual_->handle() : picket::Clock(); }

void Pace::pass(std::chrono::microseconds time) {
  if (manual_) return manual_->advance(time);
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, time, [&] { return is_over_; })) throw Timeout("the service ends");
}

void Pace::end() noexcept {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
}

}  // namespace bot
