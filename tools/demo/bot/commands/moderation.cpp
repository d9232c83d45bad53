// Commands of moderators.

#include "bot/commands/commands.hpp"
#include "bot/errors.hpp"
#include "picket/picket.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include <fmt/format.h>

namespace bot::commands {

namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(separator, start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

void notify_moderators(Services& services, const Request& request, const std::string& text) {
  if (!services.chat().is_configured() || request.group == nullptr) return;
  is_delivered([&] { services.chat().post_notice(request.group->channel_id, text); });
}

}  // namespace

[[gnu::noinline]] std::string ban_user(Services& services, const Request& request) {
  if (request.args.empty()) throw UserError("usage: !ban_user <id>[,<id>…] <reason>");
  const std::vector<std::string> ids = split(request.args[0], ',');
  std::size_t told = 0;
  for (const std::string& id : ids) {
    told += services.cases().ban(id, request.text_from(1), *request.person) ? 1 : 0;
  }
  picket::current_span().set_data("user_count", ids.size());
  const std::string reply = fmt::format("banned {}", request.args[0]);
  notify_moderators(services, request, reply);
  return told == 0 ? reply : fmt::format("{}, {} of {} told", reply, told, ids.size());
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
