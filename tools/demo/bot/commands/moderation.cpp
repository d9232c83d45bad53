// Commands of moderators.

#include "bot/commands/commands.hpp"
#include "bot/errors.hpp"

#include <fmt/format.h>

namespace bot::commands {

[[gnu::noinline]] std::string ban_user(Services& services, const Request& request) {
  if (request.args.empty()) throw UserError("usage: !ban_user <id> <reason>");
  services.cases().ban(request.args[0], request.text_from(1), *request.person);
  return fmt::format("banned {}", request.args[0]);
}

[[gnu::noinline]] std::string fetch_cases(Services& services, const Request& request) {
  if (request.args.size() != 1) throw UserError("usage: !fetch_cases <id>");
  std::string history = services.cases().history(request.args[0], *request.person);
  return fmt::format("{}: {}", request.args[0], history);
}

[[gnu::noinline]] std::string appeals(Services& services, const Request& request) {
  return services.cases().appeals(*request.person);
}

}  // namespace bot::commands
