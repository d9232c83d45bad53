// What picket is told of a request: who acts, and what they asked for.

#include "bot/request.hpp"
#include "picket/command_context.hpp"

#include <fmt/format.h>

namespace bot {

namespace {

/// An id of 18 digits, as chat platforms have them.
std::string message_id(const Request& request) { return fmt::format("9{:017}", request.number); }

std::string private_channel_id(const Request& request) {
  return "72" + message_id(request).substr(2);
}

}  // namespace

picket::User to_picket_user(const Request& request) {
  const Person& person = *request.person;
  picket::User user{.id = person.id, .username = person.name};
  user.data.set("display_name", person.name).set("bot", false).set("system", false);
  if (const Group* group = request.group) {
    user.data.set("guild_id", group->id)
        .set("guild_name", group->name)
        .set("guild_member_count", group->member_count)
        .set("guild_permissions", person.role == Role::moderator ? "1099511627782" : "1024")
        .set("top_role", to_text(person.role));
  }
  return user;
}

picket::CommandContext to_picket_command(const Request& request) {
  picket::CommandContext command{.name = request.command,
                                 .invocation_id = message_id(request),
                                 .channel_id = private_channel_id(request),
                                 .prefix = std::string(1, kPrefix),
                                 .invoked_with = request.command,
                                 .author = to_picket_user(request)};
  for (const std::string& word : request.args) command.args.emplace_back(word);
  if (const Group* group = request.group) {
    command.channel_id = group->channel_id;
    command.guild_id = group->id;
    command.guild_name = group->name;
    command.guild_member_count = static_cast<std::uint64_t>(group->member_count);
    command.channel_name = "general";
    command.channel_type = "text";
  }
  return command;
}

}  // namespace bot
