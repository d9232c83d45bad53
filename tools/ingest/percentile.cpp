#include "ingest/percentile.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace picket::ingest {

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank == 0 ? 0 : rank - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

Timing timing_of(const std::vector<double>& values) {
  if (values.empty()) return {};
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return {.count = values.size(),
          .mean = sum / static_cast<double>(values.size()),
          .max = *std::max_element(values.begin(), values.end()),
          .p50 = percentile(values, 0.5),
          .p95 = percentile(values, 0.95)};
}

}  // namespace picket::ingest
