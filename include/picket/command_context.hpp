#pragma once

// Who acts, and what they asked for: the context of the command that runs, so that every error,
// message and transaction of it tells. Set both before the work:
//
//   picket::set_command_context({.name = "ban_user", .guild_id = "41", .author = {{.id = "17"}}});
//
// Types of the host are taken directly once two functions are declared beside them, in the host's
// own namespace. For that the host's header needs nothing but two names:
//
//   namespace picket { struct User; struct CommandContext; }
//   namespace chat {
//   struct Member { … };
//   picket::User to_picket_user(const Member&);                  // found by its argument
//   picket::CommandContext to_picket_command(const Message&);
//   }
//   picket::set_user_context(member);
//
// What is set holds for the innermost scope, outside of temporary ones that is the isolation scope:
// it ends with the unit of work. While picket is off nothing is set, stored or converted.

#include "picket/export.hpp"
#include "picket/language.hpp"
#include "picket/picket.hpp"
#include "picket/user.hpp"
#include "picket/value.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace picket {

/// One option of an interactive command.
struct CommandOption {
  std::string name{};
  std::string type{};
  Value value{};
};

/// A command as it was invoked. What is empty is told as null, or left out where noted.
/// Lands in the context `command`, or `interaction` for an interactive command.
/// Spec: S5.4.
struct CommandContext {
  std::string name{};              // qualified; empty: `unknown`
  bool interactive = false;        // a slash command, a button, …
  std::string invocation_id{};     // `message_id`, or `interaction_id`
  std::string channel_id{};        // ids are text: 64-bit numbers do not survive JSON
  std::string guild_id{};          // of the group; empty: outside of any
  std::string prefix{};            // text commands
  std::string invoked_with{};      // text commands: the name or alias that was typed
  std::string interaction_type{};  // interactive ones

  // Facts about the group; left out when they are empty, or outside of a group.
  std::string guild_name{};
  std::optional<std::uint64_t> guild_member_count{};
  std::string channel_name{};
  std::string channel_type{};

  // How many arguments there are is always told; the values only with `Options::send_default_pii`
  // or `Options::capture_command_args`.
  List args{};
  Object kwargs{};
  std::vector<CommandOption> options{};

  Object extra{};  // further facts; they never hide those above
  std::optional<User> author{};
};

/// Types with a `to_picket_user`.
template <class T>
concept HasPicketUser = requires(const T& host) {
  { to_picket_user(host) } -> std::convertible_to<User>;
};

/// Types with a `to_picket_command`.
template <class T>
concept HasPicketCommand = requires(const T& host) {
  { to_picket_command(host) } -> std::convertible_to<CommandContext>;
};

/// What `run_command` and `set_command_context` take.
template <class T>
concept CommandLike = std::same_as<T, CommandContext> || HasPicketCommand<T>;

/// Replaces the whole user. Spec: S5.1, S5.2.
PICKET_EXPORT void set_user_context(const User& user) noexcept;
PICKET_EXPORT void set_user_context(std::nullopt_t) noexcept;  // nobody acts

/// Sets the context of the command and the tag `command.name`, sets the user when the author is
/// known, and starts the timer of the command unless it runs already for this invocation.
/// Spec: S5.4, S5.5.
PICKET_EXPORT void set_command_context(const CommandContext& command) noexcept;

namespace detail {

PICKET_EXPORT void tell_conversion_failed(const char* function) noexcept;

/// The command of a host's object; an unnamed one when the conversion throws.
inline const CommandContext& as_command(const CommandContext& command) noexcept { return command; }

template <HasPicketCommand T>
CommandContext as_command(const T& host) noexcept {
  PICKET_TRY { return to_picket_command(host); }
  PICKET_CATCH_ALL {
    tell_conversion_failed("to_picket_command");
    return {};
  }
}

}  // namespace detail

/// Errors: when a conversion throws, a user stays as it was, a command becomes an unnamed one.
/// Spec: S5.3.
template <HasPicketUser T>
void set_user_context(const T& host) noexcept {
  if (!is_initialized()) return;
  PICKET_TRY { set_user_context(static_cast<const User&>(to_picket_user(host))); }
  PICKET_CATCH_ALL { detail::tell_conversion_failed("to_picket_user"); }
}

template <HasPicketCommand T>
void set_command_context(const T& host) noexcept {
  if (!is_initialized()) return;
  set_command_context(detail::as_command(host));
}

}  // namespace picket
