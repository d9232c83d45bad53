#pragma once

// The one door to simdjson: JSON text to `Value`, and the check whether bytes are UTF-8. The public
// `picket::parse_json` (`picket/json.hpp`) is defined here as well.

#include "picket/json.hpp"

#include <string_view>

namespace picket::json {

bool is_valid_utf8(std::string_view bytes) noexcept;

}  // namespace picket::json
