// Time stamps, digit by digit: `strftime` asks the locale and `gmtime` has a buffer that all
// threads share.

#include "protocol/write.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace picket::protocol {
namespace {

using Text = std::array<char, 27>;  // YYYY-MM-DDTHH:MM:SS.ffffffZ

void put(Text& text, std::size_t at, std::size_t digits, std::int64_t number) noexcept {
  for (std::size_t i = digits; i-- > 0; number /= 10) {
    text[at + i] = static_cast<char>('0' + number % 10);
  }
}

Text format(WallTime time) noexcept {
  // The server refuses times before 1970, and years of five digits are no RFC 3339. P0.2
  constexpr std::int64_t kLast = 253'402'300'799'999'999;
  const std::int64_t micros = std::clamp<std::int64_t>(time.time_since_epoch().count(), 0, kLast);
  const std::int64_t seconds = micros / 1'000'000;
  const std::chrono::sys_days day{std::chrono::days(seconds / 86'400)};
  const std::chrono::year_month_day date{day};
  const std::int64_t in_day = seconds % 86'400;

  Text text{};
  put(text, 0, 4, static_cast<int>(date.year()));
  text[4] = '-';
  put(text, 5, 2, static_cast<unsigned>(date.month()));
  text[7] = '-';
  put(text, 8, 2, static_cast<unsigned>(date.day()));
  text[10] = 'T';
  put(text, 11, 2, in_day / 3600);
  text[13] = ':';
  put(text, 14, 2, in_day / 60 % 60);
  text[16] = ':';
  put(text, 17, 2, in_day % 60);
  text[19] = '.';
  put(text, 20, 6, micros % 1'000'000);
  text[26] = 'Z';
  return text;
}

}  // namespace

void append_timestamp(std::string& out, WallTime time) {
  const Text text = format(time);
  out.append(text.data(), text.size());
}

void write_timestamp(json::Writer& writer, WallTime time) {
  const Text text = format(time);
  writer.text({text.data(), text.size()});
}

}  // namespace picket::protocol
