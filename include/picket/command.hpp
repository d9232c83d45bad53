#pragma once

// A command from its start to its end in one call. The dispatcher opens the isolation scope, around
// its global handler too; `run_command` does the rest, in the order that C++ asks for, since
// unwinding ends every guard before a handler runs:
//
//   const auto scope = picket::isolate();                  // or all of this: `serve_command`
//   try {
//     picket::run_command<UserInput>(message, [&](picket::Transaction& transaction) {
//       …                                                  // user, context and trace are set
//     });
//   } catch (const std::exception& error) { … }            // captured already, and only once
//
//   isolation scope → user and command → timer → transaction → try { work }
//                   → catch: end of tracking, capture, reply, rethrow
//
// Handlers that are coroutines hold a `CommandRun`, see `command_run.hpp`. To go on with a command
// on another thread take `Context::current()` there.

#include "picket/command_context.hpp"
#include "picket/command_timer.hpp"
#include "picket/error_policy.hpp"
#include "picket/export.hpp"
#include "picket/language.hpp"
#include "picket/picket.hpp"
#include "picket/source_location.hpp"
#include "picket/tracing.hpp"

#include <concepts>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace picket {

/// How errors of a command are dealt with.
/// Lifetime: borrowed until the command has ended.
struct CommandRules {
  /// What it does not send is a user error, and so is what `Options::ignore_errors` names.
  const ErrorPolicy* policy = nullptr;

  /// Called with what the user is to see, after the capture, also while picket is off. What it
  /// throws is contained.
  std::function<void(const ErrorReply&)> reply{};

  /// False: a user error ends here, once it is answered, and the call returns an empty result.
  /// Results that have none are thrown on all the same.
  bool rethrow_user_errors = true;

  std::string_view op = "command";  // of the transaction
};

namespace detail {

/// What is around one command. Its end is that of the command.
/// Threads: one at a time, inside the scopes of the command.
class PICKET_EXPORT CommandWork {
 public:
  explicit CommandWork(const CommandRules& rules) noexcept : rules_(&rules) {}
  ~CommandWork();
  CommandWork(const CommandWork&) = delete;
  CommandWork& operator=(const CommandWork&) = delete;

  void begin(const CommandContext& command) noexcept;

  [[nodiscard]] Transaction& transaction() noexcept { return transaction_; }

  /// Ends the command with success; after another end it does nothing.
  void succeed() noexcept;

  /// Ends the command as failed with an error that nobody has seen.
  void abandon() noexcept;

  /// Ends the command with `error`. What is no user error is captured.
  ErrorReply fail(const CommandContext& command, const std::exception_ptr& error,
                  bool is_user_error, SourceLocation location) noexcept;

  [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }

 private:
  const CommandRules* rules_;
  std::string name_{};
  Transaction transaction_{};
  bool has_begun_ = false;
  bool has_ended_ = false;
};

/// Whether the exception being handled is of one of these classes.
template <class... Errors>
bool is_handling() noexcept {
#if PICKET_HAS_EXCEPTIONS
  if constexpr (sizeof...(Errors) > 0) {
    try {
      throw;
    } catch (const std::exception& error) {
      return (... || is_a<Errors>(error));
    } catch (...) {
      return false;
    }
  }
#endif
  return false;
}

template <class Function, class Argument>
decltype(auto) invoke_with(Function&& function, Argument& argument) {
  if constexpr (std::is_invocable_v<Function, Argument&>) {
    return std::invoke(std::forward<Function>(function), argument);
  } else {
    return std::invoke(std::forward<Function>(function));
  }
}

template <class Function, class Argument>
using ResultWith = decltype(invoke_with(std::declval<Function>(), std::declval<Argument&>()));

}  // namespace detail

/// Runs `work`, which may take the `Transaction&`, as this command; its result is returned, and
/// what it throws is thrown on unchanged. `UserErrors` are the user's mistakes. The first capture
/// of an error counts: that of a global handler inside the same isolation scope is absorbed. While
/// off it runs `work`, and answers errors. Spec: S7.1 to S7.4, A18.
template <class... UserErrors, CommandLike Command = CommandContext, class Work>
detail::ResultWith<Work, Transaction> run_command(
    const Command& command, Work&& work, const CommandRules& rules = {},
    SourceLocation location = SourceLocation::current()) {
  using Result = detail::ResultWith<Work, Transaction>;
  detail::CommandWork around(rules);
  if (is_initialized()) around.begin(detail::as_command(command));
  PICKET_TRY { return detail::invoke_with(std::forward<Work>(work), around.transaction()); }
  PICKET_CATCH_ALL {
    const ErrorReply reply = around.fail(detail::as_command(command), std::current_exception(),
                                         detail::is_handling<UserErrors...>(), location);
    if (rules.rethrow_user_errors || !reply.is_user_error) PICKET_RETHROW;
    if constexpr (std::is_void_v<Result>) {
      return;
    } else if constexpr (std::is_object_v<Result> && std::default_initializable<Result>) {
      return Result();
    } else {
      PICKET_RETHROW;
    }
  }
}

/// `run_command` as a dispatcher has it: inside an isolation scope of its own, with
/// `global_handler(std::exception_ptr)` inside of it too. What that throws comes out; when it
/// returns, so does the call, with the handler's result or, where that has none, an empty one.
/// Spec: S7.1, S7.4.
template <class... UserErrors, CommandLike Command = CommandContext, class Work, class Handler>
auto serve_command(const Command& command, Work&& work, Handler&& global_handler,
                   const CommandRules& rules = {},
                   SourceLocation location = SourceLocation::current()) {
  using Result = std::decay_t<detail::ResultWith<Work, Transaction>>;
  using Handled = std::invoke_result_t<Handler, std::exception_ptr>;
  const ScopeGuard scope = isolate();
  PICKET_TRY {
    return static_cast<Result>(
        run_command<UserErrors...>(command, std::forward<Work>(work), rules, location));
  }
  PICKET_CATCH_ALL {
    if constexpr (std::is_void_v<Result> || std::is_void_v<Handled>) {
      std::invoke(std::forward<Handler>(global_handler), std::current_exception());
      return Result();
    } else {
      return static_cast<Result>(
          std::invoke(std::forward<Handler>(global_handler), std::current_exception()));
    }
  }
}

}  // namespace picket
