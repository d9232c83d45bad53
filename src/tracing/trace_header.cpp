#include "tracing/trace_header.hpp"

#include "base/text.hpp"

#include <cstddef>
#include <span>

namespace picket::tracing {
namespace {

constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kSpanDigits = 16;
constexpr std::size_t kIdsSize = kTraceDigits + 1 + kSpanDigits;  // `<32 hex>-<16 hex>`
constexpr std::size_t kTraceparentSize = 3 + kIdsSize + 3;        // `00-` before, `-01` behind
constexpr std::size_t kSentryTraceSize = kIdsSize + 2;            // `-1` behind

// False when there is anything but hex digits, two for each byte of `out`.
bool read_hex(std::string_view digits, std::span<std::byte> out) noexcept {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = base::hex_digit(digits[2 * i]);
    const int low = base::hex_digit(digits[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::byte>(high * 16 + low);
  }
  return true;
}

// The ids at the start of `text`, which is long enough; nothing when one of them is all zeros.
std::optional<TraceHeader> read_ids(std::string_view text) noexcept {
  TraceHeader header;
  if (text[kTraceDigits] != '-') return std::nullopt;
  if (!read_hex(text.substr(0, kTraceDigits), header.trace_id)) return std::nullopt;
  if (!read_hex(text.substr(kTraceDigits + 1, kSpanDigits), header.span_id)) return std::nullopt;
  if (header.trace_id == base::TraceId{} || header.span_id == base::SpanId{}) return std::nullopt;
  return header;
}

void append_ids(std::string& out, const TraceHeader& header) {
  base::append_hex(out, header.trace_id);
  out += '-';
  base::append_hex(out, header.span_id);
}

bool has_upper_case(std::string_view text) noexcept {
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') return true;
  }
  return false;
}

}  // namespace

std::optional<TraceHeader> parse_sentry_trace(std::string_view text) noexcept {
  text = base::trim(text);
  if (text.size() != kIdsSize && text.size() != kSentryTraceSize) return std::nullopt;
  auto header = read_ids(text);
  if (!header || text.size() == kIdsSize) return header;
  if (text[kIdsSize] != '-') return std::nullopt;
  if (text.back() == '1') header->sampled = true;
  if (text.back() == '0') header->sampled = false;
  return header;
}

std::string to_sentry_trace(const TraceHeader& header) {
  std::string text;
  text.reserve(kSentryTraceSize);
  append_ids(text, header);
  if (header.sampled) text.append(*header.sampled ? "-1" : "-0");
  return text;
}

std::optional<TraceHeader> parse_traceparent(std::string_view text) noexcept {
  text = base::trim(text);
  if (text.size() < kTraceparentSize) return std::nullopt;
  const std::string_view known = text.substr(0, kTraceparentSize);
  if (known[2] != '-' || known[kTraceparentSize - 3] != '-') return std::nullopt;
  if (has_upper_case(known)) return std::nullopt;  // W3C: lower case alone
  std::byte version[1];
  std::byte flags[1];
  if (!read_hex(known.substr(0, 2), version) || version[0] == std::byte{0xff}) return std::nullopt;
  if (!read_hex(known.substr(kTraceparentSize - 2), flags)) return std::nullopt;
  const bool has_more = text.size() > kTraceparentSize;
  if (has_more && (version[0] == std::byte{0} || text[kTraceparentSize] != '-'))
    return std::nullopt;
  auto header = read_ids(known.substr(3));
  if (header) header->sampled = (flags[0] & std::byte{1}) != std::byte{0};
  return header;
}

std::string to_traceparent(const TraceHeader& header) {
  std::string text;
  text.reserve(kTraceparentSize);
  text.append("00-");
  append_ids(text, header);
  text.append(header.sampled.value_or(false) ? "-01" : "-00");
  return text;
}

}  // namespace picket::tracing
