#pragma once

// What was said so far, and what one may read of it.

#include "picket/value.hpp"

#include <string_view>

namespace chat {

/// How a search ended.
enum class Found : unsigned char { some, nothing, only_private, damaged };

struct SearchResult {
  Found found = Found::nothing;
  picket::List texts{};
};

/// Messages that hold `text`. Those of private channels are left out; a damaged one spoils the
/// whole search.
SearchResult search(std::string_view text);

}  // namespace chat
