#pragma once

// The one decision whether a transaction and all its spans are kept, made when it starts.

#include "picket/options.hpp"
#include "tracing/sample_rand.hpp"

#include <optional>

namespace picket::tracing {

struct Decision {
  bool sampled = false;
  std::optional<double> rate{};  // what decided here, for the sampling context
  bool is_own = false;           // drawn here: neither said outright nor taken from upstream
};

/// Who is asked, in this order: the call itself, the sampler, the parent (in `context`), the
/// configured rate; nobody: not sampled. A sampler that throws counts as none; a rate outside 0 to
/// 1 keeps nothing. Both are told once each. Threads: any; runs the host's sampler. Spec: P4.6,
/// S8.9.
Decision decide(std::optional<bool> explicitly, const TracesSampler& sampler,
                const SamplingContext& context, std::optional<double> configured_rate,
                SampleRand sample_rand);

/// `decision` with its rate divided by 2 to the power of `level`, where the decision is our own.
/// Spec: P7.12.
Decision thin_out(const Decision& decision, unsigned level, SampleRand sample_rand);

}  // namespace picket::tracing
