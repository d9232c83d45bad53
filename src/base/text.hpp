#pragma once

// Small helpers for text in UTF-8 and ASCII. Nothing here depends on the locale.

#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace picket::base {

/// Copies `text` and returns the end of the copy; made for texts of a few words, where a call would
/// cost more than the copying. The last words overlap, so that none is copied byte by byte.
inline char* copy_short(char* to, std::string_view text) noexcept {
  const char* const from = text.data();
  const std::size_t size = text.size();
  if (size >= 8) {
    for (std::size_t i = 0; i + 8 < size; i += 8) std::memcpy(to + i, from + i, 8);
    std::memcpy(to + size - 8, from + size - 8, 8);
  } else if (size >= 4) {
    std::memcpy(to, from, 4);
    std::memcpy(to + size - 4, from + size - 4, 4);
  } else {
    for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
  }
  return to + size;
}

std::string_view trim(std::string_view text) noexcept;  // cuts ASCII white space at both ends
std::string to_lower(std::string_view text);            // ASCII letters only
bool equals_ignoring_case(std::string_view left, std::string_view right) noexcept;

/// The longest prefix of at most `max_bytes` that does not end inside a UTF-8 sequence.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) noexcept;

/// The prefix of at most `max_characters` code points.
std::string_view utf8_prefix_characters(std::string_view text, std::size_t max_characters) noexcept;

/// `text` unchanged, or cut on a character boundary and ended with `...`, `max_bytes` in total.
std::string ellipsize(std::string_view text, std::size_t max_bytes);

/// True if `text` matches `pattern`, where `*` stands for any text. Linear in practice: no pattern
/// makes it worse than |text| * |pattern|.
bool matches_wildcard(std::string_view text, std::string_view pattern) noexcept;

/// How lists of things to ignore or to look for are read: a plain entry is looked for inside
/// `text`, one with a `*` has to match the whole, an empty one matches nothing. Spec: P7.17.
bool matches_entry(std::string_view text, std::string_view entry) noexcept;

/// What stands behind the last slash or backslash; the whole text when there is none.
std::string_view file_name(std::string_view path) noexcept;

/// The value of a hex digit in either case; -1 for other characters.
constexpr int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const auto letter = static_cast<char>(c | 0x20);  // lower case
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/// Parses the whole text as a number; nothing when anything else is in it.
std::optional<double> parse_double(std::string_view text) noexcept;

}  // namespace picket::base
