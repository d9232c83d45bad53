// Commands for everybody.

#include "bot/commands/commands.hpp"
#include "bot/errors.hpp"
#include "bot/figures_text.hpp"
#include "picket/picket.hpp"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bot::commands {

std::string ping(Services&, const Request&) { return "pong"; }

std::string note(Services& services, const Request& request) {
  if (request.args.empty()) throw UserError("usage: !note <text>");
  const auto conversation = services.conversations().of(*request.person).enter();
  picket::add_breadcrumb(request.text_from(0), {.category = "note"});
  return "noted";
}

std::string stats(Services& services, const Request&) {
  return fmt::format("{}\n{}", describe(picket::stats()), describe(services.modules().reloads()));
}

std::string search(Services& services, const Request& request) {
  if (request.args.empty()) throw UserError("usage: !search <text>");
  if (!services.chat().is_configured()) throw UserError("there is no chat platform to search");
  const std::vector<std::string> found = services.chat().search(request.text_from(0));
  return fmt::format("{} found: {}", found.size(), fmt::join(found, " | "));
}

}  // namespace bot::commands
