#pragma once

// Lines that no person writes: in a real service they would be timers and mishaps. They start with
// a `%`:
//   %cleanup                   the task `cleanup` is due
//   %probe <op> <name> <n>     n tiny units of work, see `tasks.hpp`
//   %break cache               the cache does not answer any more
//   %advance <seconds>         the clock that stands still moves on
//   %say <level> <text>        a message, as the service's own code sends them
//   %db_errors <n>             n database errors
//   %disconnect                the chat platform hangs up
//   %leak                      an error full of secrets, see `leak.hpp`

#include "bot/services.hpp"

#include <string>
#include <string_view>

namespace bot {

inline bool is_operation(std::string_view line) noexcept { return line.starts_with('%'); }

/// Does what `line` says and returns what came of it.
/// Errors: `UserError` when it makes no sense. What fails is told in the reply.
std::string operate(Services& services, std::string_view line);

}  // namespace bot
