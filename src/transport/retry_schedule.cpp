#include "transport/retry_schedule.hpp"

#include "base/contain.hpp"
#include "base/ids.hpp"

#include <algorithm>
#include <utility>

namespace picket::transport {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kLongestWait =
    std::chrono::hours(24);  // keeps the arithmetic far from overflow

}  // namespace

RetrySchedule::RetrySchedule(milliseconds backoff, milliseconds backoff_max,
                             std::function<double()> random)
    : backoff_(std::clamp(backoff, milliseconds::zero(), kLongestWait)),
      backoff_max_(std::clamp(backoff_max, milliseconds::zero(), kLongestWait)),
      random_(std::move(random)) {}

nanoseconds RetrySchedule::wait_after(int failures) const noexcept {
  milliseconds longest = std::min(backoff_, backoff_max_);
  for (int i = 1; i < failures && longest < backoff_max_ && longest.count() > 0; ++i) {
    longest = std::min(longest * 2, backoff_max_);
  }
  const double share =
      random_ ? base::contain(1.0, [&] { return random_(); }) : base::random_unit();
  // The comparison is written so that a random source that yields nonsense, NaN included, waits.
  const double safe = share >= 0.0 && share <= 1.0 ? share : 1.0;
  return nanoseconds(
      static_cast<nanoseconds::rep>(safe * static_cast<double>(nanoseconds(longest).count())));
}

}  // namespace picket::transport
