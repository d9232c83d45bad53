#include "picket/command.hpp"

#include "base/contain.hpp"
#include "picket/captures.hpp"
#include "sdk/current_client.hpp"
#include "service/command_name.hpp"
#include "service/span_outcome.hpp"
#include "service/user_error.hpp"
#include "stacktrace/exception_info.hpp"

#include <utility>

namespace picket::detail {
namespace {

EventId capture(const CommandContext& command, const std::exception_ptr& error,
                const ErrorRule* rule, SourceLocation location) {
  const bool is_in_group = !command.guild_id.empty();
  const Object extra{{"command", service::name_of(command)},
                     {"guild_id", is_in_group ? Value(command.guild_id) : Value()},  // S7.3
                     {"channel_id", command.channel_id.empty() ? Value() : command.channel_id}};
  CaptureOptions options;
  options.extra_context = extra;
  if (rule != nullptr) options.level = rule->level;
  return capture_exception_safe(error, options, location);
}

/// What the user is told of an error that the call, not the policy, declares to be a user's.
void tell_own_text(ErrorReply& reply, const std::exception_ptr& error) {
  reply.is_user_error = true;
  const std::string text = stacktrace::describe_value(stacktrace::inspect(error));
  if (!text.empty()) reply.text = text;
}

}  // namespace

CommandWork::~CommandWork() { succeed(); }

void CommandWork::begin(const CommandContext& command) noexcept {
  base::contain([&] {
    name_ = service::name_of(command);
    has_begun_ = true;
    set_command_context(command);
    transaction_ = picket::start_transaction({.op = rules_->op, .name = name_});
  });
}

void CommandWork::succeed() noexcept {
  if (std::exchange(has_ended_, true) || !has_begun_) return;
  track_command_end(name_, Outcome::ok);
  transaction_.finish();
}

void CommandWork::abandon() noexcept {
  if (std::exchange(has_ended_, true) || !has_begun_) return;
  track_command_end(name_, Outcome::failed);
  service::set_status_if_unset(transaction_, SpanStatus::internal_error);
  transaction_.finish();
}

ErrorReply CommandWork::fail(const CommandContext& command, const std::exception_ptr& error,
                             bool is_user_error, SourceLocation location) noexcept {
  if (std::exchange(has_ended_, true)) return {};
  return base::contain(ErrorReply{}, [&] {
    const ErrorPolicy* const policy = rules_->policy;
    const ErrorRule* const rule = policy != nullptr ? &policy->rule_for(error) : nullptr;
    const bool is_told_here = is_user_error || service::is_ignored_error(error);
    const bool is_users = is_told_here || (rule != nullptr && !rule->send);

    if (has_begun_) {
      track_command_end(name_, is_users ? Outcome::user_error : Outcome::failed,
                        stacktrace::inspect(error).as_std_exception);
    }
    if (is_users) service::set_status_if_unset(transaction_, SpanStatus::invalid_argument);
    if (!is_users) service::mark_failed(transaction_, error);
    const EventId id = is_users ? EventId{} : capture(command, error, rule, location);

    const std::string_view name = service::name_of(command);
    const Object facts{{"command", name}, {"prefix", command.prefix}};
    const ErrorPolicy none;
    ErrorReply reply = (policy != nullptr ? *policy : none).reply(error, id, facts);
    if (is_told_here && !reply.is_user_error && (rule == nullptr || rule->text.empty())) {
      tell_own_text(reply, error);
    }
    reply.is_user_error = is_users;
    if (rules_->reply) base::contain([&] { rules_->reply(reply); });
    transaction_.finish();
    return reply;
  });
}

}  // namespace picket::detail
