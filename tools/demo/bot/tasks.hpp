#pragma once

// Work that nobody asked for: it comes due by itself. A task runs in an isolation scope and a trace
// of its own, so it knows nobody's user and breadcrumbs, and nobody sees its own.

#include "bot/services.hpp"

#include <cstddef>
#include <string_view>

namespace bot::tasks {

/// Removes what is no longer held against anybody; returns how much that was.
/// Errors: what stopped it, reported.
std::size_t cleanup(Services& services);

/// Runs `count` tiny units of work, each a transaction of this op and name with one span.
void probe(std::string_view op, std::string_view name, std::size_t count);

}  // namespace bot::tasks
