#pragma once

// The bot's own log: one line each on standard error.

#include <string_view>

namespace bot::log {

/// Threads: any.
void line(std::string_view level, std::string_view text);

}  // namespace bot::log
