#pragma once

// JSON text to `Value` and back.

#include "picket/export.hpp"
#include "picket/result.hpp"
#include "picket/value.hpp"

#include <string>
#include <string_view>

namespace picket {

/// Reads one JSON document. Of duplicate keys the last one wins.
/// Errors: `Errc::invalid_json` with the reason; documents nested deeper than 512 are refused.
PICKET_EXPORT Result<Value> parse_json(std::string_view text);

/// Writes compact JSON: invalid UTF-8 becomes U+FFFD, NaN and infinities become null.
/// Spec: P0.3.
PICKET_EXPORT std::string to_json(const Value& value);

}  // namespace picket
