#include "ingest/formats.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace picket::ingest {
namespace {

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_hex(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_hex);
}

bool all_zero(std::string_view text) {
  return text.find_first_not_of("0-") == std::string_view::npos;
}

template <std::size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), text) != names.end();
}

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool equals_any_case(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(),
                    [](char x, char y) { return to_lower(x) == y; });
}

// Reads exactly `digits` digits and moves on; -1 when they are not there.
int take(std::string_view& text, std::size_t digits) {
  if (text.size() < digits || !std::all_of(text.begin(), text.begin() + digits, is_digit)) {
    return -1;
  }
  int value = 0;
  std::from_chars(text.data(), text.data() + digits, value);
  text.remove_prefix(digits);
  return value;
}

bool skip(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<double> take_fraction(std::string_view& text) {
  if (!skip(text, ".")) return 0.0;
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto digits = static_cast<std::size_t>(end - text.begin());
  if (digits == 0) return std::nullopt;
  double value = 0, weight = 0.1;
  for (char c : text.substr(0, digits)) {
    value += weight * (c - '0');
    weight /= 10;
  }
  text.remove_prefix(digits);
  return value;
}

std::optional<int> take_zone_seconds(std::string_view& text) {
  if (text.empty() || skip(text, "Zz")) return 0;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!skip(text, "+-")) return std::nullopt;
  const int hours = take(text, 2);
  skip(text, ":");
  const int minutes = take(text, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  return sign * (hours * 3600 + minutes * 60);
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Moves on over digits; false when there are none.
bool skip_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const bool any = end != text.begin();
  text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
  return any;
}

bool is_plain_name(std::string_view text, std::size_t max_bytes) {
  return !text.empty() && text.size() <= max_bytes && text != "." && text != ".." &&
         text.find_first_of("/\r\n\t\f") == std::string_view::npos;
}

}  // namespace

bool is_hex_id(std::string_view text, std::size_t digits) {
  return text.size() == digits && all_hex(text) && !all_zero(text);
}

std::string lower_id(std::string_view id) {
  std::string text(id);
  std::transform(text.begin(), text.end(), text.begin(), to_lower);
  return text;
}

bool equal_ids(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

bool is_uuid(std::string_view text) {
  if (text.size() == 32) return all_hex(text);
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

bool is_nil_uuid(std::string_view text) { return is_uuid(text) && all_zero(text); }

bool is_debug_id(std::string_view text) {
  if (text.size() > 37 && text[36] == '-') {
    return is_uuid(text.substr(0, 36)) && text.size() <= 45 && all_hex(text.substr(37));
  }
  if (text.size() > 32 && text.size() <= 40 && text.find('-') == std::string_view::npos) {
    return all_hex(text);  // the breakpad form: the age follows without a dash
  }
  return is_uuid(text);
}

bool is_address(std::string_view text) {
  return text.size() > 2 && text.size() <= 18 && text.substr(0, 2) == "0x" &&
         all_hex(text.substr(2));
}

std::optional<double> parse_rfc3339(std::string_view text) {
  const int year = take(text, 4);
  const bool dash = skip(text, "-");
  const int month = take(text, 2);
  const bool dash2 = skip(text, "-");
  const int day = take(text, 2);
  if (year < 0 || month < 1 || day < 1 || !dash || !dash2 || !skip(text, "Tt ")) return {};
  const int hour = take(text, 2);
  const bool colon = skip(text, ":");
  const int minute = take(text, 2);
  const bool colon2 = skip(text, ":");
  const int second = take(text, 2);
  if (!colon || !colon2 || hour < 0 || hour > 23 || minute < 0 || minute > 59) return {};
  if (second < 0 || second > 60) return {};
  const auto fraction = take_fraction(text);
  const auto zone = take_zone_seconds(text);
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year), std::chrono::month(unsigned(month)),
                            std::chrono::day(unsigned(day))};
  if (!fraction || !zone || !text.empty() || !date.ok()) return {};
  const auto days = sys_days(date).time_since_epoch().count();
  return double(days) * 86400 + hour * 3600 + minute * 60 + second - *zone + *fraction;
}

bool is_event_level(std::string_view text) {
  return one_of(
      text, std::array<std::string_view, 6>{"fatal", "error", "warning", "info", "debug", "log"});
}

bool is_platform(std::string_view text) {
  return one_of(text, std::array<std::string_view, 19>{"as3", "c", "cfml", "cocoa", "csharp",
                                                       "elixir", "haskell", "go", "groovy", "java",
                                                       "javascript", "native", "node", "objc",
                                                       "other", "perl", "php", "python", "ruby"});
}

bool is_release(std::string_view text) {
  return is_plain_name(text, 200) && !equals_any_case(text, "latest");
}

bool is_environment(std::string_view text) {
  return is_plain_name(text, 64) && !equals_any_case(text, "none");
}

bool is_tag_key(std::string_view text) {
  return !text.empty() && text.size() <= 200 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) ||
           std::string_view("_.:-").find(c) != std::string_view::npos;
  });
}

bool is_json_number(std::string_view text) {
  skip(text, "-");
  const bool zero = skip(text, "0");  // no digit may follow a leading zero
  if (!zero && !skip_digits(text)) return false;
  if (skip(text, ".") && !skip_digits(text)) return false;
  if (!skip(text, "eE")) return text.empty();
  skip(text, "+-");
  return skip_digits(text) && text.empty();
}

bool is_origin(std::string_view text) {
  constexpr std::size_t kMaxParts = 4;
  if (text.size() > 128) return false;
  for (std::size_t part = 0; part < kMaxParts; ++part) {
    const std::string_view name = text.substr(0, text.find('.'));
    const bool known = part > 0 || name == "manual" || name == "auto";
    const bool plain = std::all_of(name.begin(), name.end(),
                                   [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
    if (!known || !plain || name.empty()) return false;
    if (name.size() == text.size()) return true;
    text.remove_prefix(name.size() + 1);
  }
  return false;
}

std::size_t utf8_length(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace picket::ingest
