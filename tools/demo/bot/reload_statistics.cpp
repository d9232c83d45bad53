#include "bot/reload_statistics.hpp"

#include <fmt/format.h>

namespace bot {

void ReloadStatistics::add(std::chrono::duration<double, std::milli> time, bool success) {
  const std::lock_guard lock(mutex_);
  ++counts_.total;
  ++(success ? counts_.successful : counts_.failed);
  counts_.mean += (time - counts_.mean) / static_cast<double>(counts_.total);
}

ReloadStatistics::Counts ReloadStatistics::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

picket::Object to_context(const ReloadStatistics::Counts& counts) {
  return {{"total", counts.total},
          {"successful", counts.successful},
          {"failed", counts.failed},
          {"mean_ms", counts.mean.count()}};
}

std::string describe(const ReloadStatistics::Counts& counts) {
  return fmt::format("reloads: {} in all, {} failed, {:.1f} ms on average", counts.total,
                     counts.failed, counts.mean.count());
}

}  // namespace bot
