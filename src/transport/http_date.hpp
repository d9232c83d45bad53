#pragma once

// Dates as HTTP headers write them; the rate limiter reads them in `Retry-After`.

#include "picket/clock.hpp"

#include <optional>
#include <string_view>

namespace picket::transport {

/// Reads the three forms that HTTP knows: `Sun, 06 Nov 1994 08:49:37 GMT` and the two older ones.
/// Errors: nothing for any other text, and for days and times that do not exist.
std::optional<WallTime> parse_http_date(std::string_view text) noexcept;

}  // namespace picket::transport
