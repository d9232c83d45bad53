#pragma once

// Makes free-form data fit into a number of bytes on the wire, giving up the deepest parts first:
// what lies on top is usually what the host wrote by hand.

#include "picket/value.hpp"

#include <cstddef>

namespace picket::protocol {

/// Shortens texts and removes members, from the deepest level up and from the last to the first,
/// until the JSON of `object` has at most `max_bytes`. Unchanged when it fits already.
void fit(Object& object, std::size_t max_bytes);

/// As above; a text alone is shortened.
void fit(Value& value, std::size_t max_bytes);

/// Removes members from the last to the first until the JSON has at most `max_bytes`.
void fit_members(Object& object, std::size_t max_bytes);

}  // namespace picket::protocol
