#pragma once

// The headers `sentry-trace` and W3C `traceparent`: which trace, which span of it is the caller's,
// and whether that trace is kept.

#include "base/ids.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace picket::tracing {

/// What either header says. No decision: it is deferred to whoever comes later.
struct TraceHeader {
  base::TraceId trace_id{};
  base::SpanId span_id{};
  std::optional<bool> sampled{};

  friend bool operator==(const TraceHeader&, const TraceHeader&) = default;
};

/// `<32 hex>-<16 hex>[-<0|1>]`, blanks around it cut, hex in any case. Nothing for wrong lengths,
/// other characters and ids of zeros; an unknown flag counts as deferred. Spec: P4.9.
std::optional<TraceHeader> parse_sentry_trace(std::string_view text) noexcept;
std::string to_sentry_trace(const TraceHeader& header);

/// `<2 hex>-<32 hex>-<16 hex>-<2 hex>` as in W3C Trace Context: version `ff` is refused, later
/// versions may carry more behind a further dash. Bit 0 of the flags is the decision. Spec: P4.9.
std::optional<TraceHeader> parse_traceparent(std::string_view text) noexcept;
std::string to_traceparent(const TraceHeader& header);  // a deferred decision is `00`

}  // namespace picket::tracing
