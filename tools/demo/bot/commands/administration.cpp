// Commands of administrators.

#include "bot/commands/commands.hpp"
#include "bot/errors.hpp"

#include <fmt/format.h>

namespace bot::commands {

std::string reload(Services& services, const Request& request) {
  if (request.args.size() != 1) throw UserError("usage: !reload <module>");
  services.modules().reload(request.args[0], request.person->id);
  return fmt::format("reloaded {}", request.args[0]);
}

std::string setup(Services& services, const Request& request) {
  const std::string& channel = services.settings().required("log_channel", request.person->id);
  return fmt::format("logging to {}", channel);
}

}  // namespace bot::commands
