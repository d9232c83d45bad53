#include "transport/breaker.hpp"

#include <algorithm>
#include <chrono>

namespace picket::transport {
namespace {

constexpr int kMostFailures = 1000;  // the wait has long stopped growing

}  // namespace

void Breaker::failed(SteadyTime now, bool was_probe) noexcept {
  if (!is_closed() && !was_probe) return;
  failures_ = std::min(failures_ + 1, kMostFailures);
  probe_at_ =
      now + std::chrono::duration_cast<SteadyTime::duration>(schedule_.wait_after(failures_));
}

}  // namespace picket::transport
