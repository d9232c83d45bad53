#include "ingest/plain_text.hpp"

#include "picket/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace picket::ingest {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// What a terminal draws in two columns: Chinese, Japanese and Korean writing, and pictures.
constexpr Range kWide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},
                           {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},
                           {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F},
                           {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD}};
constexpr Range kCombining[] = {
    {0x0300, 0x036F}, {0x200B, 0x200D}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0x1F3FB, 0x1F3FF}};
// The C0 and C1 controls, line separators, and what turns the direction of writing.
constexpr Range kControl[] = {{0x00, 0x1F},     {0x7F, 0x9F},     {0x061C, 0x061C},
                              {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069}};

template <std::size_t N>
bool is_in(char32_t c, const Range (&ranges)[N]) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [c](const Range& range) { return c >= range.first && c <= range.last; });
}

// One character of UTF-8, or a byte that is part of none.
struct Character {
  std::string_view bytes{};
  char32_t code = 0;
  bool valid = true;
};

std::size_t length_of(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

Character take_character(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = length_of(lead);
  Character found{text.substr(0, std::max<std::size_t>(length, 1)), lead, length > 0};
  if (length > 1) found.code = lead & (0x7F >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const unsigned char next = i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    if ((next & 0xC0) != 0x80) {
      found = {text.substr(0, 1), lead, false};
      break;
    }
    found.code = found.code << 6 | (next & 0x3F);
  }
  text.remove_prefix(found.bytes.size());
  return found;
}

std::string shown(const Character& character) {
  if (character.code == '\n') return "\\n";
  if (character.code == '\t') return "\\t";
  const auto code = static_cast<unsigned>(character.code);
  if (!character.valid) return fmt::format("\\x{:02x}", code);
  if (!is_in(character.code, kControl)) return std::string(character.bytes);
  return code < 0x80 ? fmt::format("\\x{:02x}", code) : fmt::format("\\u{:04x}", code);
}

std::size_t width_of(const Character& character) {
  if (is_in(character.code, kCombining)) return 0;
  return is_in(character.code, kWide) ? 2 : 1;
}

}  // namespace

std::string one_line(std::string_view text, std::size_t max) {
  std::string line;
  while (!text.empty()) {
    const std::string next = shown(take_character(text));
    if (line.size() + next.size() > max) return line + "…";
    line += next;
  }
  return line;
}

std::string value_line(const Value& value, std::size_t max) {
  return one_line(value.as_text() ? *value.as_text() : to_json(value), max);
}

std::size_t columns(std::string_view text) {
  std::size_t sum = 0;
  while (!text.empty()) sum += width_of(take_character(text));
  return sum;
}

std::string cut(std::string_view text, std::size_t max) {
  if (columns(text) <= max) return std::string(text);
  if (max == 0) return {};
  std::string kept;
  for (std::size_t used = 0; !text.empty();) {
    const Character next = take_character(text);
    used += width_of(next);
    if (used > max - 1) break;  // one is for the dots
    kept += next.bytes;
  }
  return kept + "…";
}

std::string fit(std::string_view text, std::size_t width) {
  std::string kept = cut(text, width);
  return kept + std::string(width - columns(kept), ' ');
}

}  // namespace picket::ingest
