#include "base/ids.hpp"

#include "base/digest.hpp"
#include "base/fork.hpp"

#include <bit>
#include <cstring>
#include <string_view>

namespace picket::base {
namespace {

struct Generator {
  std::array<std::uint64_t, 4> state{};
  std::uint32_t generation = ~0U;

  void seed(std::uint32_t now) noexcept {
    random_bytes(std::as_writable_bytes(std::span(state)));
    state[0] |= 1U;  // xoshiro must not start from all zeros
    generation = now;
  }

  std::uint64_t next() noexcept {  // xoshiro256++ by Blackman and Vigna, public domain
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
thread_local constinit Generator generator;

template <std::size_t Size>
std::array<std::byte, Size> random_id() noexcept {
  std::array<std::uint64_t, Size / 8> words{};
  bool all_zero = true;
  do {
    for (auto& word : words) {
      word = random_u64();
      all_zero = all_zero && word == 0;
    }
  } while (all_zero);
  return std::bit_cast<std::array<std::byte, Size>>(words);
}

}  // namespace

std::uint64_t random_u64() noexcept {
  const std::uint32_t now = fork_generation();  // a child would repeat its parent's ids
  if (generator.generation != now) generator.seed(now);
  return generator.next();
}

double random_unit() noexcept { return static_cast<double>(random_u64() >> 11U) * 0x1.0p-53; }

EventId new_event_id() noexcept {
  auto bytes = random_id<16>();
  bytes[6] = (bytes[6] & std::byte{0x0F}) | std::byte{0x40};
  bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80};
  return EventId(bytes);
}

TraceId new_trace_id() noexcept { return random_id<16>(); }

SpanId new_span_id() noexcept { return random_id<8>(); }

std::string to_hex(std::span<const std::byte> bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  append_hex(hex, bytes);
  return hex;
}

void append_hex(std::string& out, std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const std::byte byte : bytes) {
    out += kDigits[std::to_integer<unsigned>(byte) >> 4U];
    out += kDigits[std::to_integer<unsigned>(byte) & 0x0FU];
  }
}

}  // namespace picket::base
