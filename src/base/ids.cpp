#include "base/ids.hpp"

#include "base/digest.hpp"

#include <string_view>

namespace picket::base {

thread_local constinit Generator generator;

void Generator::seed(std::uint32_t now) noexcept {
  random_bytes(std::as_writable_bytes(std::span(state)));
  state[0] |= 1U;  // xoshiro must not start from all zeros
  generation = now;
}

EventId new_event_id() noexcept {
  auto bytes = new_trace_id();
  bytes[6] = (bytes[6] & std::byte{0x0F}) | std::byte{0x40};
  bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80};
  return EventId(bytes);
}

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
