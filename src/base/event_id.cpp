#include "picket/event_id.hpp"

#include "base/ids.hpp"
#include "base/text.hpp"

namespace picket {
namespace {

bool is_dash_position(std::size_t index) noexcept {
  return index == 8 || index == 13 || index == 18 || index == 23;
}

}  // namespace

std::optional<EventId> EventId::parse(std::string_view text) noexcept {
  if (text.size() != 32 && text.size() != 36) return std::nullopt;
  Bytes bytes{};
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.size() == 36 && is_dash_position(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int digit = base::hex_digit(text[i]);
    if (digit < 0) return std::nullopt;
    std::byte& byte = bytes[digits / 2];
    byte = (byte << 4U) | static_cast<std::byte>(digit);
    ++digits;
  }
  return EventId(bytes);
}

std::string EventId::to_string() const { return base::to_hex(bytes_); }

}  // namespace picket
