#include "picket/command_context.hpp"

#include "base/contain.hpp"
#include "scope/thread_scopes.hpp"
#include "sdk/current_client.hpp"
#include "service/command_name.hpp"

#include <utility>

namespace picket {
namespace {

/// Absent ids are null, so that a search for commands outside of groups finds them. Spec: S5.4.
Value or_null(const std::string& text) { return text.empty() ? Value() : Value(text); }

void add_group(Object& facts, const CommandContext& command) {
  if (command.guild_id.empty()) return;
  const auto add = [&facts](std::string_view key, const std::string& text) {
    if (!text.empty()) facts.set(key, Value(text));
  };
  add("guild_name", command.guild_name);
  if (command.guild_member_count) facts.set("guild_member_count", *command.guild_member_count);
  add("channel_name", command.channel_name);
  add("channel_type", command.channel_type);
}

Value options_of(const CommandContext& command, bool with_values) {
  List options;
  for (const CommandOption& option : command.options) {
    Object facts{{"name", option.name}, {"type", or_null(option.type)}};
    if (with_values) facts.set("value", option.value);
    options.emplace_back(std::move(facts));
  }
  return options;
}

Object facts_of(const CommandContext& command, bool with_values) {
  Object facts = command.extra;
  facts.set("command", service::name_of(command));
  facts.set(command.interactive ? "interaction_id" : "message_id", or_null(command.invocation_id));
  facts.set("channel_id", or_null(command.channel_id));
  facts.set("guild_id", or_null(command.guild_id));
  if (command.interactive) {
    facts.set("interaction_type", or_null(command.interaction_type));
    facts.set("options", options_of(command, with_values));
  } else {
    facts.set("prefix", or_null(command.prefix));
    facts.set("invoked_with", or_null(command.invoked_with));
    facts.set("args_count", command.args.size() + command.kwargs.size());
  }
  add_group(facts, command);
  if (with_values && !command.args.empty()) facts.set("args", command.args);
  if (with_values && !command.kwargs.empty()) facts.set("kwargs", command.kwargs);
  return facts;
}

}  // namespace

void set_user_context(const User& user) noexcept { set_user(user); }

void set_user_context(std::nullopt_t) noexcept { remove_user(); }

void set_command_context(const CommandContext& command) noexcept {
  if (!sdk::is_active()) return;
  base::contain([&] {
    const sdk::BorrowedCore core;
    if (!core) return;
    const Options& options = core->config().options;
    const bool with_values = options.send_default_pii || options.capture_command_args;
    const std::string_view name = service::name_of(command);

    Scope scope(scope::innermost_scope());
    scope.set_context(command.interactive ? "interaction" : "command",
                      facts_of(command, with_values));
    scope.remove_context(command.interactive ? "command" : "interaction");
    scope.set_tag("command.name", name);
    if (command.author) scope.set_user(*command.author);
    const SteadyTime now = options.clock.steady();
    scope::isolation_scope()->with_command_timers([&](scope::CommandTimers& timers) {
      timers.start_unless_running(name, command.invocation_id, now);
    });
  });
}

namespace detail {

void tell_conversion_failed(const char* function) noexcept {
  diag::warn("{} threw, its object is left out", function);
}

}  // namespace detail
}  // namespace picket
