#include "bot/dispatcher.hpp"

#include "bot/errors.hpp"
#include "bot/operations.hpp"
#include "picket/captures.hpp"
#include "picket/command.hpp"
#include "picket/picket.hpp"

#include <exception>

#include <fmt/format.h>

namespace bot {

namespace {

/// Users read their own mistakes as they are; when something broke nothing of the inside, but a
/// number to quote.
picket::ErrorPolicy make_policy() {
  picket::ErrorPolicy policy;
  policy.on<UserError>({.send = false})
      .otherwise({.text = "something went wrong, error id {event_id}"});
  return policy;
}

/// What everything that this command sends tells beside user and command.
void describe(const Command& command, const Request& request) {
  if (!picket::is_initialized()) return;
  picket::set_tag("command_type", command.type);
  picket::set_tag("feature", command.feature);
  picket::set_tag("guild_size", request.group == nullptr ? "none" : request.group->name);
  picket::add_breadcrumb(
      fmt::format("{}{}", kPrefix, request.command),
      {.category = "command",
       .data = {{"user_id", request.person->id}, {"args_count", request.args.size()}}});
}

/// What the bot's own hierarchy knows of an error goes along; all else is captured further out.
std::string run_handler(const Command& command, Services& services, const Request& request) {
  try {
    return command.run(services, request);
  } catch (const DomainError& error) {
    picket::capture_domain_error(error,
                                 {.command_name = request.command,
                                  .user_id = request.person->id,
                                  .guild_id = request.group == nullptr ? "" : request.group->id});
    throw;
  }
}

}  // namespace

Dispatcher::Dispatcher(Services& services, Console& console)
    : services_(services), console_(console), policy_(make_policy()) {}

void Dispatcher::serve(std::string_view line, std::size_t number) noexcept {
  try {
    if (is_operation(line)) return console_.reply(number, operate(services_, line));
    const auto request = parse_request(line, number);
    if (!request) return;
    const Command* command = find_command(request->command);
    if (command == nullptr) {
      throw UserError(fmt::format("there is no command {}", request->command));
    }
    run(*command, *request);
  } catch (const UserError& error) {
    answer_mistake(number, error.what());
  } catch (const std::exception& error) {
    picket::capture_exception_safe(error);
  }
}

void Dispatcher::run(const Command& command, const Request& request) {
  const auto conversation = services_.conversations().of(*request.person).enter();
  picket::serve_command(
      request, [&] { work(command, request); },
      [](const std::exception_ptr& error) { picket::capture_exception(error); },  // the last net
      {.policy = &policy_,
       .reply = [&](const picket::ErrorReply& reply) { answer_error(request.number, reply); },
       .rethrow_user_errors = false});
}

[[gnu::noinline]] void Dispatcher::work(const Command& command, const Request& request) {
  describe(command, request);
  const std::string reply = run_handler(command, services_, request);
  ++services_.tally().ok;
  console_.reply(request.number, reply);
}

void Dispatcher::answer_error(std::size_t number, const picket::ErrorReply& reply) {
  if (reply.is_user_error) return answer_mistake(number, reply.text);
  ++services_.tally().failed;
  console_.reply(number, reply.event_id ? reply.text : reply.text + "none");
}

void Dispatcher::answer_mistake(std::size_t number, std::string_view text) {
  ++services_.tally().user_errors;
  console_.reply(number, text);
}

}  // namespace bot
