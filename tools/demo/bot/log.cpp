#include "bot/log.hpp"

#include "bot/type_name.hpp"
#include "picket/picket.hpp"

#include <cstdio>

#include <fmt/format.h>

namespace bot::log {

void line(std::string_view level, std::string_view text) {
  fmt::print(stderr, "bot {}: {}\n", level, text);
}

void failure(const std::exception& error) {
  if (picket::is_initialized()) return;
  line("error", fmt::format("{}: {}", qualified_name(typeid(error)), error.what()));
}

}  // namespace bot::log
