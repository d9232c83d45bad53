#include "json/reader.hpp"
#include "json/writer.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace picket::json {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

constexpr std::uint64_t kOnes = 0x0101010101010101U;
constexpr std::uint64_t kHighBits = 0x80 * kOnes;

constexpr std::uint64_t zero_bytes(std::uint64_t word) noexcept {
  return (word - kOnes) & ~word & kHighBits;
}

// The high bit of each byte that cannot be copied as it is. Bits above the lowest one set may be
// wrong (a borrow), which is why only the lowest is ever used.
constexpr std::uint64_t special_bytes(std::uint64_t word, std::uint64_t high_bits) noexcept {
  const std::uint64_t control = (word - 0x20 * kOnes) & ~word & kHighBits;
  return control | zero_bytes(word ^ ('"' * kOnes)) | zero_bytes(word ^ ('\\' * kOnes)) |
         (word & high_bits);
}

constexpr bool is_special(unsigned char byte, bool stop_at_high) noexcept {
  return byte < 0x20 || byte == '"' || byte == '\\' || (stop_at_high && byte >= 0x80);
}

// How many bytes from `position` on can be copied as they are.
std::size_t clean_length(std::string_view text, std::size_t position, bool stop_at_high) noexcept {
  const std::size_t begin = position;
  if constexpr (std::endian::native == std::endian::little) {
    const std::uint64_t high_bits = stop_at_high ? kHighBits : 0;
    for (; position + 8 <= text.size(); position += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data() + position, 8);
      if (const std::uint64_t special = special_bytes(word, high_bits)) {
        return position - begin + static_cast<std::size_t>(std::countr_zero(special)) / 8;
      }
    }
  }
  if constexpr (std::endian::native == std::endian::little) {
    // The rest together with what came before it, which is clean.
    if (text.size() >= 8 && position > begin && position < text.size()) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data() + text.size() - 8, 8);
      if (special_bytes(word, stop_at_high ? kHighBits : 0) == 0) return text.size() - begin;
    }
  }
  while (position < text.size() &&
         !is_special(static_cast<unsigned char>(text[position]), stop_at_high)) {
    ++position;
  }
  return position - begin;
}

// A text that is short and clean, as most are, is put together with its quotes beforehand: one
// append costs less than three.
constexpr std::size_t kShortText = 120;

struct ShortText {
  char bytes[kShortText + 8];  // NOLINT: written before it is read
  std::size_t size = 0;

  void add(char c) noexcept { bytes[size++] = c; }

  // False when something in it cannot be copied as it is.
  bool add(std::string_view text) noexcept {
    if (text.size() > kShortText || clean_length(text, 0, true) != text.size()) return false;
    std::memcpy(bytes + size, text.data(), text.size());
    size += text.size();
    return true;
  }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes, size}; }
};

void append_escaped(Sink out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
    case '\\':
      out += '\\';
      out += c;
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "\\u00";
  out += kHex[byte >> 4U];
  out += kHex[byte & 0x0FU];
}

struct Sequence {
  std::size_t length = 1;  // of the whole sequence, or of the maximal part that could start one
  bool is_valid = false;
};

struct LeadByte {
  std::size_t continuations = 0;
  unsigned char least = 0x80;  // of the second byte; it alone has narrower bounds
  unsigned char most = 0xBF;
};

constexpr LeadByte lead_byte(unsigned char byte) noexcept {
  if (byte >= 0xC2 && byte <= 0xDF) return {1};
  if (byte == 0xE0) return {2, 0xA0};
  if (byte == 0xED) return {2, 0x80, 0x9F};  // no surrogates
  if (byte >= 0xE1 && byte <= 0xEF) return {2};
  if (byte == 0xF0) return {3, 0x90};
  if (byte >= 0xF1 && byte <= 0xF3) return {3};
  if (byte == 0xF4) return {3, 0x80, 0x8F};  // nothing above U+10FFFF
  return {};
}

// For a text that starts with a byte of 0x80 or more.
Sequence read_sequence(std::string_view text) noexcept {
  LeadByte lead = lead_byte(static_cast<unsigned char>(text.front()));
  Sequence sequence;
  for (std::size_t i = 1; i <= lead.continuations; ++i) {
    if (i == text.size()) return sequence;
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < lead.least || byte > lead.most) return sequence;
    lead.least = 0x80;
    lead.most = 0xBF;
    ++sequence.length;
  }
  sequence.is_valid = lead.continuations > 0;
  return sequence;
}

}  // namespace

void append_key(Sink out, std::string_view name, bool after_comma) {
  ShortText whole;
  if (after_comma) whole.add(',');
  whole.add('"');
  if (whole.add(name)) {
    whole.add('"');
    whole.add(':');
    return out.append(whole.view());
  }
  if (after_comma) out += ',';
  append_text(out, name);
  out += ':';
}

void append_text(Sink out, std::string_view text) {
  ShortText whole;
  whole.add('"');
  if (whole.add(text)) {
    whole.add('"');
    return out.append(whole.view());
  }
  enum class Utf8 { unknown, valid, broken } utf8 = Utf8::unknown;
  out += '"';
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t clean = clean_length(text, position, utf8 != Utf8::valid);
    out.append(text.substr(position, clean));
    position += clean;
    if (position == text.size()) break;
    if (static_cast<unsigned char>(text[position]) < 0x80) {
      append_escaped(out, text[position++]);
      continue;
    }
    // The first byte beyond ASCII: from here on the text is valid as a whole or repaired in bits.
    if (utf8 == Utf8::unknown) {
      utf8 = is_valid_utf8(text.substr(position)) ? Utf8::valid : Utf8::broken;
      if (utf8 == Utf8::valid) continue;
    }
    const Sequence sequence = read_sequence(text.substr(position));
    out += sequence.is_valid ? text.substr(position, sequence.length) : kReplacement;
    position += sequence.length;
  }
  out += '"';
}

}  // namespace picket::json
