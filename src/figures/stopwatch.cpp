#include "figures/stopwatch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace picket::figures {
namespace {

using std::chrono::nanoseconds;
using Microseconds = std::chrono::duration<double, std::micro>;
using Milliseconds = std::chrono::duration<double, std::milli>;

// A bit less than 1 %, so that rounding cannot lift it above.
constexpr double kAccuracy = 0.0099;
constexpr double kGrowth = (1 + kAccuracy) / (1 - kAccuracy);

double log_of_growth() noexcept {
  static const double value = std::log(kGrowth);
  return value;
}

double in_milliseconds(nanoseconds time) noexcept { return Milliseconds(time).count(); }

/// The value that is within `kAccuracy` of everything in the bucket. Milliseconds.
double middle_of(std::size_t bucket) noexcept {
  if (bucket == 0) return 0.001;
  return 0.001 * 2 * std::pow(kGrowth, static_cast<double>(bucket)) / (kGrowth + 1);
}

}  // namespace

// Bucket `i` holds what is from growth^(i-1) to growth^i microseconds; the first what is shorter
// than one.
Stopwatch::Bucket Stopwatch::bucket_of(nanoseconds duration) noexcept {
  const double microseconds = Microseconds(duration).count();
  if (!(microseconds >= 1)) return 0;
  const double place = std::log(microseconds) / log_of_growth() + 1;
  return static_cast<Bucket>(std::min(place, static_cast<double>(kBuckets - 1)));
}

void Stopwatch::add(Bucket bucket, nanoseconds duration) noexcept {
  ++count_;
  ++in_buckets_;
  sum_ += static_cast<double>(duration.count());
  max_ = std::max(max_, duration);
  if (++buckets_[bucket] < std::numeric_limits<std::uint32_t>::max()) return;
  for (std::uint32_t& each : buckets_) each /= 2;  // the shares stay what they are
  in_buckets_ = std::accumulate(buckets_.begin(), buckets_.end(), std::uint64_t{0});
}

double Stopwatch::percentile(double share) const noexcept {
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(in_buckets_)));
  const double max = in_milliseconds(max_);
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket + 1 < kBuckets; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= rank) return std::min(middle_of(bucket), max);
  }
  return max;  // the last bucket has no upper end: this is what is known of it
}

Timing Stopwatch::read() const noexcept {
  if (count_ == 0) return {};
  return {.count = count_,
          .mean = sum_ / static_cast<double>(count_) / 1e6,
          .max = in_milliseconds(max_),
          .p50 = percentile(0.50),
          .p95 = percentile(0.95)};
}

}  // namespace picket::figures
