#include "picket/observer.hpp"

#include "base/contain.hpp"
#include "service/command_name.hpp"
#include "service/user_error.hpp"
#include "stacktrace/exception_info.hpp"

namespace picket {

void CommandObserver::on_start(const CommandContext& command) const noexcept {
  set_command_context(command);
}

void CommandObserver::on_completed(const CommandContext& command) const noexcept {
  track_command_end(service::name_of(command), Outcome::ok);
}

Outcome CommandObserver::on_failed(const CommandContext& command,
                                   const std::exception& error) const noexcept {
  const bool is_users =
      (policy_ != nullptr && !policy_->rule_for(error).send) || service::is_ignored_error(error);
  const Outcome outcome = is_users ? Outcome::user_error : Outcome::failed;
  track_command_end(service::name_of(command), outcome, &error);
  return outcome;
}

Outcome CommandObserver::on_failed(const CommandContext& command,
                                   const std::exception_ptr& error) const noexcept {
  const std::exception* const thrown = stacktrace::inspect(error).as_std_exception;
  if (thrown != nullptr) return on_failed(command, *thrown);
  track_command_end(service::name_of(command), Outcome::failed);
  return Outcome::failed;
}

namespace detail {

void tell_not_instrumented(std::string_view command) noexcept {
  diag::warn("command '{}' is not instrumented, the registry threw", command);
}

}  // namespace detail
}  // namespace picket
