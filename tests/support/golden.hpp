#pragma once

// Golden files hold the exact payload of one case each, in tests/golden/. They are compared as
// whole values: neither the order of members nor white space counts, everything else does.

#include "picket/value.hpp"

#include <string>
#include <string_view>

namespace picket::test {

/// Where two values differ first, such as `user.id: expected "1", got "2"`; empty when they are
/// equal.
std::string difference(const Value& expected, const Value& actual);

/// The difference between tests/golden/`name` and the document `json`; empty when they are equal.
/// The whole of `json` follows, so that it can be reviewed and become the new golden file.
std::string golden_difference(std::string_view name, std::string_view json);

}  // namespace picket::test
