#pragma once

// Texts with names in braces, for which values are put in.

#include "picket/value.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace picket::service {

/// Puts `value(name)` in the place of each `{name}`; what has no value stays as it is. Values are
/// not looked through again.
std::string fill_in(std::string_view text,
                    const std::function<std::optional<std::string>(std::string_view)>& value);

/// Text as it is, other values as JSON.
std::string text_of(const ValueRef& value);

}  // namespace picket::service
