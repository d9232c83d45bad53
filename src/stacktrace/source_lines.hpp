#pragma once

// Source lines around the line of a frame, from the paths that debug information names. Those are
// texts of a build that may have run elsewhere: whatever lies there now is read as a guess, within
// bounds, and only if it is a regular file.

#include "picket/stacktrace.hpp"

#include <cstddef>
#include <string>

namespace picket::stacktrace {

/// Larger files are not read.
inline constexpr std::size_t kMaxSourceBytes = 4U << 20U;
/// Longer lines are cut, before a character that would be cut itself.
inline constexpr std::size_t kMaxSourceLine = 400;
/// On each side.
inline constexpr std::size_t kMaxSourceLines = 10;

/// Adds the line of `frame` in the file `path`, and so many before and after it. Does nothing when
/// the file is not to be had or has no such line.
void add_source_lines(const std::string& path, std::size_t around, Frame& frame);

}  // namespace picket::stacktrace
