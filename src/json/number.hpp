#pragma once

// Numbers as JSON text, the same in every locale. Used by both writers, `json/writer.cpp` (calls)
// and `json/value_writer.cpp` (values).

#include "json/sink.hpp"

#include <cstdint>

namespace picket::json {

/// The largest integer up to which every reader is exact. Spec: P0.3.
inline constexpr std::uint64_t kMaxSafeInteger = (std::uint64_t{1} << 53U) - 1;

void append_number(Sink out, std::int64_t value);
void append_number(Sink out, std::uint64_t value, bool exact_integers);
void append_number(Sink out, double value);

}  // namespace picket::json
