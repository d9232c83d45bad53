#include "tracing/sample_rand.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstddef>

namespace picket::tracing {
namespace {

constexpr std::uint32_t kMillion = 1'000'000;
constexpr std::size_t kDecimals = 6;

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

double as_number(std::uint32_t millionths) noexcept {
  return static_cast<double>(millionths) / kMillion;
}

// The most millionths that are not above `number`. The product alone may be off by one, since
// neither a decimal fraction nor its product with a million has to be exact in binary.
std::uint32_t floor_millionths(double number) noexcept {
  auto millionths = static_cast<std::uint32_t>(number * kMillion);
  if (as_number(millionths) > number) --millionths;
  if (as_number(millionths + 1) <= number) ++millionths;
  return millionths;
}

// How many numbers of six decimals are below `rate`, which is in [0, 1].
std::uint32_t count_below(double rate) noexcept {
  const std::uint32_t millionths = floor_millionths(rate);
  return as_number(millionths) < rate ? millionths + 1 : millionths;
}

// One of first, first + 1, … last - 1. Of an empty range its nearest neighbour: where no number
// fits the decision, one at that end is kept, or dropped, by most of those who compare with it.
std::uint32_t pick(std::uint32_t first, std::uint32_t last, double draw) noexcept {
  if (first >= last) return std::min(first, kMillion - 1);
  const auto offset = static_cast<std::uint32_t>(draw * (last - first));
  return std::min(first + offset, last - 1);
}

// `0.104233` as text, so that no digit is lost to binary fractions; nothing for other shapes.
std::optional<std::uint32_t> parse_decimals(std::string_view text) noexcept {
  if (!text.starts_with("0.")) return std::nullopt;
  text.remove_prefix(2);
  if (!std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  std::uint32_t millionths = 0;
  for (std::size_t i = 0; i < kDecimals; ++i) {
    const char digit = i < text.size() ? text[i] : '0';
    millionths = millionths * 10 + static_cast<std::uint32_t>(digit - '0');
  }
  return millionths;
}

}  // namespace

SampleRand SampleRand::from(double number) noexcept {
  SampleRand rand;
  if (number >= 1) {
    rand.millionths_ = kMillion - 1;
  } else if (number > 0) {  // not true of NaN
    rand.millionths_ = std::min(floor_millionths(number), kMillion - 1);
  }
  return rand;
}

std::optional<SampleRand> SampleRand::parse(std::string_view text) noexcept {
  if (const auto millionths = parse_decimals(text)) {
    SampleRand rand;
    rand.millionths_ = *millionths;
    return rand;
  }
  // What is left is `0`, and what languages print of small numbers, such as `1.5e-07`.
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const auto number = base::parse_double(text);
  if (!number || !(*number >= 0 && *number < 1)) return std::nullopt;
  return from(*number);
}

SampleRand SampleRand::fitting(std::optional<bool> sampled, std::optional<double> rate,
                               double draw) noexcept {
  SampleRand rand;
  draw = draw > 0 ? std::min(draw, 1.0) : 0;
  if (!sampled || !rate || !(*rate >= 0 && *rate <= 1)) {
    rand.millionths_ = pick(0, kMillion, draw);
  } else {
    const std::uint32_t below = count_below(*rate);
    rand.millionths_ = *sampled ? pick(0, below, draw) : pick(below, kMillion, draw);
  }
  return rand;
}

bool SampleRand::is_below(double rate) const noexcept { return value() < rate; }

std::string SampleRand::to_string() const {
  std::string text = "0.000000";
  std::uint32_t rest = millionths_;
  for (std::size_t i = text.size() - 1; rest > 0; --i, rest /= 10) {
    text[i] = static_cast<char>('0' + rest % 10);
  }
  return text;
}

}  // namespace picket::tracing
