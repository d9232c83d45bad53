#pragma once

// Writes what accompanies a breadcrumb as JSON, once, when it is added: from then on it is only
// copied as text.

#include "picket/value.hpp"

#include <cstddef>
#include <string>

namespace picket::scope {

/// Replaces `out` by `data` as a JSON object of at most `max_bytes`: long texts are cut, and from
/// the first member on that does not fit all are left out. No members leave `out` empty. Of equal
/// keys the last one wins. Spec: P3.16.
void write_breadcrumb_data(std::string& out, Attributes data, std::size_t max_bytes);

}  // namespace picket::scope
