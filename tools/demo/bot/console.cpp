#include "bot/console.hpp"

#include <cstdio>

#include <fmt/format.h>

namespace bot {

void Console::reply(std::size_t number, std::string_view text) {
  const std::lock_guard lock(mutex_);
  fmt::print("#{} {}\n", number, text);
  std::fflush(stdout);
}

}  // namespace bot
