// Commands for everybody.

#include "bot/commands/commands.hpp"
#include "bot/errors.hpp"
#include "picket/picket.hpp"

namespace bot::commands {

std::string ping(Services&, const Request&) { return "pong"; }

std::string note(Services& services, const Request& request) {
  if (request.args.empty()) throw UserError("usage: !note <text>");
  const auto conversation = services.conversations().of(*request.person).enter();
  picket::add_breadcrumb(request.text_from(0), {.category = "note"});
  return "noted";
}

}  // namespace bot::commands
