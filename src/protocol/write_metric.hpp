#pragma once

// Metrics and typed attributes as they go over the wire.

#include "json/writer.hpp"
#include "picket/options.hpp"
#include "picket/value.hpp"

#include <cstddef>
#include <string_view>

namespace picket::protocol {

/// Larger ones make a server refuse the whole container. Bytes. Spec: P1.11.
inline constexpr std::size_t kMaxMetricBytes = 2048;

inline constexpr std::string_view kMetricContentType =
    "application/vnd.sentry.items.trace-metric+json";

/// `{"key":{"value":V,"type":T}}`. Unsigned numbers that no signed one can hold are texts; null,
/// NaN and infinities are left out; a list of one scalar type is an array, everything else that is
/// nested is its JSON text. Spec: P5.2.
void write_attributes(json::Writer& writer, const Object& attributes);

/// One record of a container. Spec: P5.3.
void write(json::Writer& writer, const Metric& metric);

/// `{"version":2,"items":[…]}` around records that are JSON with commas between. Spec: P2.7.
void write_container(std::string& out, std::string_view records);

}  // namespace picket::protocol
