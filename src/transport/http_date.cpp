#include "transport/http_date.hpp"

#include <array>
#include <charconv>
#include <cstddef>

namespace picket::transport {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Cuts the next word off `text`; blanks, commas and hyphens separate words.
std::string_view next_word(std::string_view& text) noexcept {
  constexpr std::string_view kSeparators = " ,-";
  const std::size_t begin = text.find_first_not_of(kSeparators);
  if (begin == std::string_view::npos) return text = {};
  const std::size_t end = text.find_first_of(kSeparators, begin);
  const std::string_view word = text.substr(begin, end - begin);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end);
  return word;
}

std::optional<int> parse_number(std::string_view word) noexcept {
  int value = 0;
  const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (word.empty() || fault != std::errc{} || end != word.data() + word.size() || value < 0) {
    return std::nullopt;
  }
  return value;
}

std::optional<unsigned> parse_month(std::string_view word) noexcept {
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (word == kMonths[i]) return static_cast<unsigned>(i + 1);
  }
  return std::nullopt;
}

std::optional<std::chrono::seconds> parse_time_of_day(std::string_view word) noexcept {
  if (word.size() != 8 || word[2] != ':' || word[5] != ':') return std::nullopt;
  const auto hours = parse_number(word.substr(0, 2));
  const auto minutes = parse_number(word.substr(3, 2));
  const auto seconds = parse_number(word.substr(6, 2));
  if (!hours || !minutes || !seconds) return std::nullopt;
  if (*hours > 23 || *minutes > 59 || *seconds > 60) return std::nullopt;  // 60: a leap second
  return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
         std::chrono::seconds(*seconds);
}

/// The obsolete form has two digits; they mean the years around 2000.
int full_year(std::string_view word, int year) noexcept {
  if (word.size() != 2) return year;
  return year + (year < 70 ? 2000 : 1900);
}

}  // namespace

std::optional<WallTime> parse_http_date(std::string_view text) noexcept {
  // All forms have the day before the year; only the place of the others differs, and month, time
  // and zone cannot be taken for anything else.
  static_cast<void>(next_word(text));  // the weekday
  std::optional<int> day;
  std::optional<int> year;
  std::optional<unsigned> month;
  std::optional<std::chrono::seconds> time;
  for (auto word = next_word(text); !word.empty(); word = next_word(text)) {
    if (word == "GMT" || word == "UTC") continue;
    if (const auto named = parse_month(word)) {
      month = named;
    } else if (const auto of_day = parse_time_of_day(word)) {
      time = of_day;
    } else if (const auto number = parse_number(word); !number || (day && year)) {
      return std::nullopt;
    } else if (day) {
      year = full_year(word, *number);
    } else {
      day = number;
    }
  }
  if (!day || !year || !month || !time || *year > 9999) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(*month),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (*day > 31 || !date.ok()) return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + *time;
}

}  // namespace picket::transport
