#pragma once

// The dynamic sampling context (DSC): what a trace says of itself, in the baggage of requests and
// in the `trace` header of envelopes. The service where a trace began fills it; all others pass it
// on as it came.

#include "base/ids.hpp"
#include "picket/span_data.hpp"
#include "tracing/sample_rand.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket::tracing {

/// Texts by key, in order; may be empty. Immutable once it is shared.
/// Spec: P4.8.
struct DynamicSamplingContext {
  std::vector<std::pair<std::string, std::string>> members{};

  [[nodiscard]] std::string_view find(std::string_view key) const noexcept;  // empty: none
  [[nodiscard]] std::string to_json() const;  // empty text when there are no members
};

using SharedContext = std::shared_ptr<const DynamicSamplingContext>;  // may be null

/// What the client knows of itself. Lifetime: borrowed.
struct Identity {
  std::string_view public_key{};
  std::string_view release{};
  std::string_view environment{};
  std::optional<std::uint64_t> org_id{};
};

/// What is known of a trace that began here. Members without a value are left out.
struct TraceFacts {
  base::TraceId trace_id{};
  std::optional<SampleRand> sample_rand{};
  std::optional<double> sample_rate{};
  std::optional<bool> sampled{};
  std::string_view transaction{};  // left out when the source is `url`
  TransactionSource source = TransactionSource::custom;
};

DynamicSamplingContext describe(const Identity& identity, const TraceFacts& facts);

}  // namespace picket::tracing
