#include "picket/level.hpp"

#include "base/text.hpp"

#include <array>

namespace picket {
namespace {

constexpr std::array<std::string_view, 5> kWords{"debug", "info", "warning", "error", "fatal"};

}  // namespace

std::string_view to_text(Level level) noexcept {
  const auto index = static_cast<std::size_t>(level);
  return index < kWords.size() ? kWords[index] : kWords[3];
}

std::optional<Level> parse_level(std::string_view text) noexcept {
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (base::equals_ignoring_case(text, kWords[i])) return static_cast<Level>(i);
  }
  if (base::equals_ignoring_case(text, "log")) return Level::info;
  if (base::equals_ignoring_case(text, "warn")) return Level::warning;
  if (base::equals_ignoring_case(text, "critical")) return Level::fatal;
  return std::nullopt;
}

}  // namespace picket
