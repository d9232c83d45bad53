#pragma once

// A `Stopwatch` keeps durations as a histogram whose buckets grow by a constant factor, so that a
// percentile is within 1 % of a value that occurred, however many there were. Its memory is fixed:
// about 5 KiB.

#include "picket/figures.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace picket::figures {

/// Threads: one at a time, but for `bucket_of`.
class Stopwatch {
 public:
  using Bucket = std::uint16_t;

  // From one microsecond to a bit more than a day. Shorter and longer durations share the buckets
  // at the ends; mean and maximum are exact for them too.
  static constexpr std::size_t kBuckets = 1280;

  /// Apart from `add`, so that callers find it without holding a lock.
  static Bucket bucket_of(std::chrono::nanoseconds duration) noexcept;

  void add(Bucket bucket, std::chrono::nanoseconds duration) noexcept;

  [[nodiscard]] Timing read() const noexcept;
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

 private:
  [[nodiscard]] double percentile(double share) const noexcept;  // milliseconds

  std::array<std::uint32_t, kBuckets> buckets_{};
  std::uint64_t in_buckets_ = 0;  // less than `count_` after a bucket was full
  std::uint64_t count_ = 0;
  double sum_ = 0;  // nanoseconds
  std::chrono::nanoseconds max_{0};
};

}  // namespace picket::figures
