#pragma once

// The bot's own log: one line each on standard error.

#include <exception>
#include <string_view>

namespace bot::log {

/// Threads: any.
void line(std::string_view level, std::string_view text);

/// Type and text of `error`, but only while picket is off: what it has reported need not be told
/// twice.
void failure(const std::exception& error);

}  // namespace bot::log
