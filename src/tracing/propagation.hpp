#pragma once

// Trace headers for outgoing requests.

#include "picket/tracing.hpp"
#include "tracing/sampling_context.hpp"
#include "tracing/trace_header.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace picket::tracing {

/// `targets` as in `Options::trace_propagation_targets`; `own_authority` is the `host[:port]` of
/// the DSN, whose server is never a target. An empty `url` is one unless `targets` is an empty
/// list. Spec: P4.11.
bool is_target(std::string_view url, const std::optional<std::vector<std::string>>& targets,
               std::string_view own_authority);

/// `sentry-trace`, `baggage` unless it would be empty, and with `traceparent` that one too.
/// Spec: P4.9.
HeaderList make_headers(const TraceHeader& header, const DynamicSamplingContext& context,
                        std::string_view existing_baggage, bool traceparent);

}  // namespace picket::tracing
