#pragma once

// Sums of durations: how many, and what is usual.

#include "picket/figures.hpp"

#include <vector>

namespace picket::ingest {

/// The smallest of the values that at least that share of them does not exceed; 0 for none.
double percentile(std::vector<double> values, double share);

/// Units: as the values, milliseconds as a rule.
Timing timing_of(const std::vector<double>& values);

}  // namespace picket::ingest
