#include "tracing/sampling.hpp"

#include "base/diagnostics.hpp"

#include <cmath>
#include <exception>

namespace picket::tracing {
namespace {

/// What the sampler says; nothing when it throws.
std::optional<double> ask(const TracesSampler& sampler, const SamplingContext& context) {
  try {
    return sampler(context);
  } catch (const std::exception& error) {
    diag::error("traces_sampler threw, it is passed over: {}", error.what());
  } catch (...) {
    diag::error("traces_sampler threw, it is passed over");
  }
  return std::nullopt;
}

Decision decide_by(double rate, SampleRand sample_rand) {
  if (!(rate >= 0.0 && rate <= 1.0)) {  // true for NaN too
    diag::warn("traces_sampler answered {}, which is not a number from 0 to 1; not sampled", rate);
    return {.sampled = false, .rate = 0.0};
  }
  return {.sampled = sample_rand.is_below(rate), .rate = rate, .is_own = true};
}

}  // namespace

Decision decide(std::optional<bool> explicitly, const TracesSampler& sampler,
                const SamplingContext& context, std::optional<double> configured_rate,
                SampleRand sample_rand) {
  if (explicitly) return {.sampled = *explicitly, .rate = {}};
  if (sampler) {
    if (const auto rate = ask(sampler, context)) return decide_by(*rate, sample_rand);
  }
  if (context.parent_sampled) {
    return {.sampled = *context.parent_sampled, .rate = context.parent_sample_rate};
  }
  return configured_rate ? decide_by(*configured_rate, sample_rand) : Decision{};
}

Decision thin_out(const Decision& decision, unsigned level, SampleRand sample_rand) {
  if (!decision.is_own || !decision.rate || level == 0) return decision;
  const double rate = std::ldexp(*decision.rate, -static_cast<int>(level));
  return {.sampled = sample_rand.is_below(rate), .rate = rate, .is_own = true};
}

}  // namespace picket::tracing
