#pragma once

// Masks the secrets of a text. Finding none, the usual case, allocates nothing.

#include "privacy/key_matcher.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace picket::privacy {

/// `text` with its secrets masked; nothing when it may stay as it is. Masked twice is masked once.
/// Errors: throws what allocation throws.
/// Spec:   S14.4, T14.
std::optional<std::string> masked(std::string_view text, const KeyMatcher& keys);

}  // namespace picket::privacy
