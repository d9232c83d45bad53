#pragma once

// The one door to the process environment; read only while a client starts.

#include <optional>
#include <string>

namespace picket::base {

/// The variable with blanks cut; nothing when it is unset or blank.
std::optional<std::string> environment(const char* name);

}  // namespace picket::base
