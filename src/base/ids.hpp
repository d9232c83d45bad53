#pragma once

// Random numbers and ids. Each thread has a small generator of its own (xoshiro256++), seeded by
// OpenSSL on first use and again after a fork, so that an id costs nanoseconds and no lock.

#include "base/fork.hpp"
#include "picket/event_id.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace picket::base {

/// xoshiro256++ by Blackman and Vigna, public domain.
struct Generator {
  std::array<std::uint64_t, 4> state{};
  std::uint32_t generation = ~0U;

  void seed(std::uint32_t now) noexcept;

  std::uint64_t next() noexcept {
    const std::uint64_t result = std::rotl(state[0] + state[3], 23) + state[0];
    const std::uint64_t shifted = state[1] << 17U;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = std::rotl(state[3], 45);
    return result;
  }
};

// Trivially destructible, so it still works while a thread's locals are being torn down.
extern thread_local constinit Generator generator;

/// 64 random bits.
inline std::uint64_t random_u64() noexcept {
  Generator& mine = generator;
  const std::uint32_t now = fork_generation();  // a child would repeat its parent's ids
  if (mine.generation != now) [[unlikely]]
    mine.seed(now);
  return mine.next();
}

/// Uniform in [0, 1).
inline double random_unit() noexcept {
  return static_cast<double>(random_u64() >> 11U) * 0x1.0p-53;
}

/// A random UUID, version 4. Spec: P0.1.
EventId new_event_id() noexcept;

using TraceId = std::array<std::byte, 16>;  // never all zero
using SpanId = std::array<std::byte, 8>;    // never all zero

inline TraceId new_trace_id() noexcept {
  const std::array<std::uint64_t, 2> words{random_u64(), random_u64()};
  return (words[0] | words[1]) != 0 ? std::bit_cast<TraceId>(words) : new_trace_id();
}

inline SpanId new_span_id() noexcept {
  const std::uint64_t word = random_u64();
  return word != 0 ? std::bit_cast<SpanId>(word) : new_span_id();
}

/// As `==`, which compares byte by byte.
inline bool is_same(const SpanId& left, const SpanId& right) noexcept {
  return std::bit_cast<std::uint64_t>(left) == std::bit_cast<std::uint64_t>(right);
}

/// Lower-case hex, two digits a byte.
std::string to_hex(std::span<const std::byte> bytes);
void append_hex(std::string& out, std::span<const std::byte> bytes);

}  // namespace picket::base
