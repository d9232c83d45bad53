#pragma once

// How serious an event or a breadcrumb is.

#include "picket/export.hpp"

#include <optional>
#include <string_view>

namespace picket {

/// Ordered from least to most serious.
/// Spec: P0.4.
enum class Level : unsigned char { debug, info, warning, error, fatal };

/// The word that goes over the wire, such as `warning`.
PICKET_EXPORT std::string_view to_text(Level level) noexcept;

/// Reads a level in any letter case; also takes `log` (info), `warn` (warning) and `critical`
/// (fatal). Nothing for any other word.
/// Spec: P0.4, S5.8.
PICKET_EXPORT std::optional<Level> parse_level(std::string_view text) noexcept;

}  // namespace picket
