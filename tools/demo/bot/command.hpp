#pragma once

// A command is a name, what it belongs to, and a function that returns the reply. A new command is
// a function in `commands/` and a row of the table in `command.cpp`.

#include "bot/request.hpp"
#include "bot/services.hpp"

#include <string>
#include <string_view>

namespace bot {

/// Errors: a handler throws; `UserError` is answered, all else is reported.
using Handler = std::string (*)(Services&, const Request&);

struct Command {
  std::string_view name;
  std::string_view feature;
  std::string_view type;
  Handler run;
};

/// Null when there is no such command.
const Command* find_command(std::string_view name) noexcept;

}  // namespace bot
