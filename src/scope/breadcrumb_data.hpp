#pragma once

// Writes what accompanies a breadcrumb as JSON, once, when it is added: from then on it is only
// copied as text.

#include "picket/value.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace picket::scope {

/// Replaces `out` by `data` as a JSON object of at most `max_bytes`: long texts are cut, and from
/// the first member on that does not fit all are left out. No members leave `out` empty. Of equal
/// keys the last one wins. Spec: P3.16.
void write_breadcrumb_data(std::string& out, Attributes data, std::size_t max_bytes);

/// The same for the common case, a few numbers and words that need no escapes, at a fraction of
/// the cost. Returns the size of the text; 0 if this is another case or `out` too small.
std::size_t write_plain_data(std::span<char> out, const Attributes& data) noexcept;

}  // namespace picket::scope
