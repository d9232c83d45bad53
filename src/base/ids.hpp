#pragma once

// Random numbers and ids. Each thread has a small generator of its own (xoshiro256++), seeded by
// OpenSSL on first use and again after a fork, so that an id costs nanoseconds and no lock.

#include "picket/event_id.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace picket::base {

/// 64 random bits.
std::uint64_t random_u64() noexcept;

/// Uniform in [0, 1).
double random_unit() noexcept;

/// A random UUID, version 4. Spec: P0.1.
EventId new_event_id() noexcept;

using TraceId = std::array<std::byte, 16>;  // never all zero
using SpanId = std::array<std::byte, 8>;    // never all zero

TraceId new_trace_id() noexcept;
SpanId new_span_id() noexcept;

/// Lower-case hex, two digits a byte.
std::string to_hex(std::span<const std::byte> bytes);
void append_hex(std::string& out, std::span<const std::byte> bytes);

}  // namespace picket::base
