#pragma once

// A `Trace` is what an isolation scope knows of the trace it belongs to, whether a span is active
// or not: the SDK documents call it the propagation context. It is immutable; a new one replaces
// it.

#include "base/ids.hpp"
#include "picket/tracing.hpp"
#include "tracing/sample_rand.hpp"
#include "tracing/sampling_context.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace picket::tracing {

/// Spec: P4.10, P4.18.
struct Trace {
  base::TraceId trace_id{};
  base::SpanId span_id{};  // stands for us while no span is active
  SampleRand sample_rand{};

  // Of a trace that came from elsewhere.
  bool is_continued = false;
  base::SpanId parent_span_id{};
  std::optional<bool> parent_sampled{};
  std::optional<double> parent_sample_rate{};

  // Frozen as it came, maybe without members; at most `sample_rand` was added. Null: the trace
  // began here, or in a service that knows no Sentry.
  SharedContext context{};
};

/// A trace that begins here. `draw` is uniform in [0, 1).
Trace new_trace(double draw) noexcept;

/// Whose traces are continued. Spec: P4.12.
struct ContinuationRules {
  std::optional<std::uint64_t> org_id{};
  bool strict = false;
};

/// The trace that a request came with; nothing when its headers are missing, malformed or of
/// another organisation: a diagnostic tells why. `sentry-trace` beats `traceparent`. Spec: P4.8 to
/// P4.12.
std::optional<Trace> continue_trace(const IncomingTrace& incoming, const ContinuationRules& rules,
                                    double draw);

}  // namespace picket::tracing
