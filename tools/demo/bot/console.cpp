#include "bot/console.hpp"

#include <cstdio>

#include <fmt/format.h>

namespace bot {

void Console::reply(std::size_t number, std::string_view text) {
  const std::lock_guard lock(mutex_);
  while (true) {
    const auto end = text.find('\n');
    fmt::print("#{} {}\n", number, text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  std::fflush(stdout);
}

}  // namespace bot
