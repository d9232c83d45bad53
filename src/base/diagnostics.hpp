#pragma once

// `diag` is picket's only voice. It is silent below the level that the host asked for, formats
// only what will be heard, never speaks more than a bounded number of lines per second, and can be
// pointed at a sink of the host. Two clients of one process share it; the last `init` sets it.

#include "picket/level.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace picket::diag {

using Sink = std::function<void(Level, std::string_view line)>;

/// Lines per second and level `warning` or more; the excess is counted and told in the next second.
/// Below that level a debugging host hears everything.
inline constexpr std::uint32_t kMaxLinesPerSecond = 100;

/// Sets who hears what; an empty sink is standard error.
/// Threads: any.
void configure(Level least, Sink sink) noexcept;

/// True if a line of that level would be heard.
bool hears(Level level) noexcept;

/// Says one line as it is. What a sink throws ends here.
void say(Level level, std::string_view line) noexcept;

/// The same at a given second, which is what the bound counts by.
void say(Level level, std::string_view line, std::chrono::seconds now) noexcept;

/// An exception ended in `contain`.
void contained(const char* what) noexcept;

template <class... Args>
void log(Level level, fmt::format_string<Args...> format, Args&&... args) noexcept {
  if (!hears(level)) return;
  try {
    say(level, fmt::format(format, std::forward<Args>(args)...));
  } catch (...) {
    say(level, "picket could not format a diagnostic");
  }
}

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) noexcept {
  log(Level::debug, format, std::forward<Args>(args)...);
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) noexcept {
  log(Level::info, format, std::forward<Args>(args)...);
}
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) noexcept {
  log(Level::warning, format, std::forward<Args>(args)...);
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) noexcept {
  log(Level::error, format, std::forward<Args>(args)...);
}

}  // namespace picket::diag
