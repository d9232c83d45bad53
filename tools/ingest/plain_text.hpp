#pragma once

// Text of payloads made fit for a terminal: on one line, without anything that could move the
// cursor or turn the writing direction, and measured in columns rather than in bytes.

#include "picket/value.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace picket::ingest {

/// Text on one line, at most `max` bytes. Control characters are escaped, so are the marks that
/// change the direction of writing, and bytes that are no UTF-8.
std::string one_line(std::string_view text, std::size_t max = 200);

/// Any value on one line: text bare, the rest as JSON.
std::string value_line(const Value& value, std::size_t max = 200);

/// How many columns a terminal gives to UTF-8 text: wide characters take two, marks that combine
/// with the character before them none.
std::size_t columns(std::string_view text);

/// The text in at most `max` columns; what is longer ends in `…`.
std::string cut(std::string_view text, std::size_t max);

/// The text in exactly `width` columns: cut, or filled up with blanks.
std::string fit(std::string_view text, std::size_t width);

}  // namespace picket::ingest
