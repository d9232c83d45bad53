#include "stacktrace/debug_id.hpp"

#include <algorithm>

namespace picket::stacktrace {
namespace {

void append_hex(std::string& out, std::uint8_t byte) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 0xFU];
}

// A GUID's first three fields are numbers in little-endian order, the rest are plain bytes.
std::string as_guid(const std::array<std::uint8_t, 16>& bytes) {
  constexpr std::array<std::size_t, 16> kOrder{3, 2, 1,  0,  5,  4,  7,  6,
                                               8, 9, 10, 11, 12, 13, 14, 15};
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < kOrder.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    append_hex(text, bytes[kOrder[i]]);
  }
  return text;
}

}  // namespace

std::string debug_id(std::span<const std::uint8_t> build_id) {
  std::array<std::uint8_t, 16> bytes{};
  std::copy_n(build_id.begin(), std::min(build_id.size(), bytes.size()), bytes.begin());
  return as_guid(bytes);
}

std::string debug_id_of_text(std::span<const std::uint8_t> text) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < std::min(text.size(), kTextHead); ++i) {
    bytes[i % 16] = static_cast<std::uint8_t>(bytes[i % 16] ^ text[i]);
  }
  return as_guid(bytes);
}

std::string code_id(std::span<const std::uint8_t> build_id) {
  std::string text;
  text.reserve(build_id.size() * 2);
  for (const std::uint8_t byte : build_id) append_hex(text, byte);
  return text;
}

}  // namespace picket::stacktrace
