#pragma once

// Sliding windows: sixty buckets of one length, the oldest of which is used anew. Nothing has to
// run while nothing happens: what has slid out is passed over when somebody reads, and cleared when
// somebody adds. `SlidingRate` has a window of seconds and one of minutes.

#include "picket/figures.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace picket::figures {

/// Seconds, or minutes, since counting began.
using Tick = std::int64_t;

/// Threads: one at a time.
template <class T>
class Window {
 public:
  static constexpr Tick kBuckets = 60;

  /// The bucket of `tick`; null when it has slid out.
  T* at(Tick tick) noexcept {
    for (Tick next = std::max(newest_ + 1, tick - kBuckets + 1); next <= tick; ++next) {
      bucket(next) = T{};
    }
    newest_ = std::max(newest_, tick);
    return tick > newest_ - kBuckets ? &bucket(tick) : nullptr;
  }

  /// Calls `use` with each bucket that is in the window at `now`.
  template <class Use>
  void each(Tick now, Use&& use) const {
    const Tick end = std::max(now, newest_);  // others may have added since `now` was read
    for (Tick tick = end - kBuckets + 1; tick <= newest_; ++tick) use(bucket(tick));
  }

 private:
  static std::size_t index(Tick tick) noexcept {
    return static_cast<std::size_t>((tick % kBuckets + kBuckets) % kBuckets);
  }
  T& bucket(Tick tick) noexcept { return buckets_[index(tick)]; }
  const T& bucket(Tick tick) const noexcept { return buckets_[index(tick)]; }

  std::array<T, static_cast<std::size_t>(kBuckets)> buckets_{};
  Tick newest_ = 0;
};

/// How often something happened.
/// Threads: one at a time. Spec: S10.1.
class SlidingRate {
 public:
  void add(Tick second) noexcept {
    ++total_;
    if (auto* const bucket = seconds_.at(second)) ++*bucket;
    if (auto* const bucket = minutes_.at(second / 60)) ++*bucket;
  }

  [[nodiscard]] Rate read(Tick second) const noexcept {
    Rate rate{.total = total_};
    seconds_.each(second, [&](std::uint32_t count) { rate.last_minute += count; });
    minutes_.each(second / 60, [&](std::uint32_t count) { rate.last_hour += count; });
    return rate;
  }

 private:
  Window<std::uint32_t> seconds_;
  Window<std::uint32_t> minutes_;
  std::uint64_t total_ = 0;
};

/// The largest value of the last minute.
/// Threads: one at a time. Spec: S10.8.
class SlidingMax {
 public:
  void add(Tick second, std::uint64_t value) noexcept {
    if (auto* const bucket = seconds_.at(second)) *bucket = std::max(*bucket, value);
  }

  [[nodiscard]] std::uint64_t read(Tick second) const noexcept {
    std::uint64_t largest = 0;
    seconds_.each(second, [&](std::uint64_t value) { largest = std::max(largest, value); });
    return largest;
  }

 private:
  Window<std::uint64_t> seconds_;
};

}  // namespace picket::figures
