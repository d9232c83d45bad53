#pragma once

// Limits in characters. The server counts code points, and every byte that is no UTF-8 as one,
// because it arrives as U+FFFD.

#include <cstddef>
#include <string>
#include <string_view>

namespace picket::protocol {

/// The bytes of the character at the start of `text`, which is not empty.
std::size_t character_bytes(std::string_view text) noexcept;

/// Cuts to `max_characters` in total, the last three of them `...`; `max_characters` >= 3.
/// Looks at no more of the text than the limit covers.
void cut_characters(std::string& text, std::size_t max_characters);

}  // namespace picket::protocol
