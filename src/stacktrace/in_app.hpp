#pragma once

// Decides which frames are the host's own code.

#include "picket/stacktrace.hpp"
#include "stacktrace/symbolizer.hpp"

#include <optional>
#include <string_view>

namespace picket::stacktrace {

enum class Binary : unsigned char { unknown, executable, library, system };

/// True for a prefix of `rules.include`, else false for one of `rules.exclude`, else by what kind
/// of code it is. Nothing when nothing is known about the frame. Spec: P7.9.
std::optional<bool> in_app(const InAppRules& rules, const Frame& frame, Binary binary);

/// Code of picket itself.
bool is_ours(const Frame& frame);

}  // namespace picket::stacktrace
