#include "bot/log.hpp"

#include <cstdio>

#include <fmt/format.h>

namespace bot::log {

void line(std::string_view level, std::string_view text) {
  fmt::print(stderr, "bot {}: {}\n", level, text);
}

}  // namespace bot::log
