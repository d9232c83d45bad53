#pragma once

// What a command is called where its name is not known.

#include "picket/command_context.hpp"

#include <string_view>

namespace picket::service {

/// Spec: S5.4.
inline std::string_view name_of(const CommandContext& command) noexcept {
  return command.name.empty() ? std::string_view("unknown") : std::string_view(command.name);
}

}  // namespace picket::service
