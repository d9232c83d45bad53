#pragma once

// Tracking without code in the commands themselves: a `CommandObserver` is told by the dispatcher
// what happens, and `instrument` wraps every command of a registry in a transaction.

#include "picket/command.hpp"
#include "picket/export.hpp"
#include "picket/language.hpp"
#include "picket/tracing.hpp"

#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace picket {

/// To be called by the dispatcher, on the thread of the command and inside its isolation scope.
/// Sets contexts and tracks; captures nothing, which is the affair of the error policy.
/// Threads: any; no call throws. Spec: T24, S5.4, S6.10, S6.11.
class PICKET_EXPORT CommandObserver {
 public:
  CommandObserver() noexcept = default;

  /// `policy` tells user errors from failures. Lifetime: it outlives the observer.
  explicit CommandObserver(const ErrorPolicy& policy) noexcept : policy_(&policy) {}

  void on_start(const CommandContext& command) const noexcept;
  void on_completed(const CommandContext& command) const noexcept;
  Outcome on_failed(const CommandContext& command, const std::exception& error) const noexcept;
  Outcome on_failed(const CommandContext& command,
                    const std::exception_ptr& error = std::current_exception()) const noexcept;

  template <HasPicketCommand T>
  void on_start(const T& command) const noexcept {
    if (is_initialized()) on_start(detail::as_command(command));
  }
  template <HasPicketCommand T>
  void on_completed(const T& command) const noexcept {
    if (is_initialized()) on_completed(detail::as_command(command));
  }
  template <HasPicketCommand T, class Error>
  Outcome on_failed(const T& command, const Error& error) const noexcept {
    return on_failed(detail::as_command(command), error);
  }
  template <HasPicketCommand T>
  Outcome on_failed(const T& command) const noexcept {
    return on_failed(detail::as_command(command));
  }

 private:
  const ErrorPolicy* policy_ = nullptr;
};

namespace detail {

template <class Signature>
class Instrumented;

/// Stands where the handler of a command stood; its type tells that it does.
template <class Result, class... Args>
class Instrumented<Result(Args...)> {
 public:
  Instrumented(std::string name, std::function<Result(Args...)> handler)
      : name_(std::move(name)), handler_(std::move(handler)) {}

  Result operator()(Args... args) const {
    return traced({.op = "command.run", .name = name_},
                  [&]() -> Result { return handler_(std::forward<Args>(args)...); });
  }

 private:
  std::string name_;
  std::function<Result(Args...)> handler_;
};

template <class T>
struct IsFunction : std::false_type {};
template <class Signature>
struct IsFunction<std::function<Signature>> : std::true_type {};

/// True if it was wrapped now.
template <class Signature>
bool instrument_one(std::string_view name, std::function<Signature>& handler) {
  using Wrapped = Instrumented<Signature>;
  if (!handler || handler.template target<Wrapped>() != nullptr) return false;
  handler = Wrapped("command." + std::string(name), handler);  // what throws changes nothing
  return true;
}

PICKET_EXPORT void tell_not_instrumented(std::string_view command) noexcept;

}  // namespace detail

/// One command of a registry: `handler()` is a `std::function` that belongs to the registry, to be
/// replaced.
template <class T>
concept RegisteredCommand = requires(T& command) {
  { command.qualified_name() } -> std::convertible_to<std::string>;
  requires std::is_lvalue_reference_v<decltype(command.handler())>;
  requires detail::IsFunction<std::remove_reference_t<decltype(command.handler())>>::value;
};

/// A pair of a name and a `std::function`, as in a map, is a command too.
template <class T>
concept NamedHandler = requires(T& pair) {
  { pair.first } -> std::convertible_to<std::string>;
  requires detail::IsFunction<std::remove_reference_t<decltype(pair.second)>>::value;
};

/// Whatever a range-for goes through: a vector of commands, a map from names to functions, …
template <class T>
concept CommandRegistry = requires(T& registry) {
  registry.begin() != registry.end();
  requires RegisteredCommand<std::remove_reference_t<decltype(*registry.begin())>> ||
      NamedHandler<std::remove_reference_t<decltype(*registry.begin())>>;
};

/// Wraps the handler of every command in a transaction with the op `command.run` and the name
/// `command.<qualified name>`. What is wrapped already stays as it is, so the call may be repeated
/// after more commands were registered. Whether picket is on is asked when a command runs.
/// Errors: none stops the start; a command that cannot be wrapped stays as it was, and it is told.
/// Units: how many were wrapped now. Spec: T12.
template <CommandRegistry Registry>
std::size_t instrument(Registry& registry) noexcept {
  std::size_t count = 0;
  std::string name;
  PICKET_TRY {
    for (auto&& command : registry) {
      name.clear();
      PICKET_TRY {
        if constexpr (RegisteredCommand<std::remove_reference_t<decltype(command)>>) {
          name = command.qualified_name();
          if (detail::instrument_one(name, command.handler())) ++count;
        } else {
          name = command.first;
          if (detail::instrument_one(name, command.second)) ++count;
        }
      }
      PICKET_CATCH_ALL { detail::tell_not_instrumented(name); }
    }
  }
  PICKET_CATCH_ALL {
    detail::tell_not_instrumented(name);  // nor those after it
  }
  return count;
}

}  // namespace picket
