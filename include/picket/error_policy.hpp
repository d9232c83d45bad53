#pragma once

// One place that knows what is to be done about an error: whether it is sent, and what the user is
// told. Declared once, then used by `run_command`, by the global handler and by event listeners:
//
//   const auto policy = picket::ErrorPolicy()
//       .on<NotFound>({.send = false, .text = "There is no {what}."})
//       .on<UserInput>({.send = false, .text = "{error}", .show_usage = true})
//       .on<std::system_error>({.level = picket::Level::fatal, .text = "Try again later."})
//       .unwrap<CommandInvokeError>();
//
//   const auto reply = policy.handle(std::current_exception(), {.facts = {{"what", "case"}}});
//   channel.send(reply.text);

#include "picket/client.hpp"
#include "picket/event_id.hpp"
#include "picket/export.hpp"
#include "picket/language.hpp"
#include "picket/level.hpp"
#include "picket/source_location.hpp"
#include "picket/value.hpp"

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

namespace picket {

namespace detail {

template <class Error>
bool is_a([[maybe_unused]] const std::exception& error) {
  if constexpr (std::is_base_of_v<Error, std::exception>) {
    return true;
  } else {
#if PICKET_HAS_RTTI
    return dynamic_cast<const Error*>(&error) != nullptr;
#else
    return false;  // nobody can tell
#endif
  }
}

}  // namespace detail

/// What is done about errors of one type.
/// Spec: T22.
struct ErrorRule {
  bool send = true;  // false: the user's mistake, nobody else hears of it
  std::optional<Level>
      level{};  // of the event, `error` if unset; or of the line in the log, `debug`

  /// For the user. `{error}` becomes the error's own text, `{type}` its class, `{event_id}` the id
  /// of the event, other names in braces the facts of the call; what is not known stays as it is.
  /// Empty: the error's own text when it is not sent, else one that tells nothing.
  std::string text{};
  bool show_usage = false;
};

/// What the user is to see.
struct ErrorReply {
  std::string text{};  // with the id of the event, if there is one
  bool show_usage = false;
  bool is_user_error = false;  // nothing was sent, by rule
  EventId event_id{};          // nil: not sent, sampled out, or picket is off
};

/// What may accompany one error.
/// Lifetime: borrowed until the call returns.
struct ErrorFacts {
  Attributes facts{};  // for the placeholders of the text
  const CaptureOptions* capture = nullptr;
};

/// Threads: any, once it is declared. No call but those that declare throws.
/// Spec: T22.
class PICKET_EXPORT ErrorPolicy {
 public:
  ErrorPolicy();

#if PICKET_HAS_RTTI  // rules ask for the types of errors

  /// For errors of class `Error` and those derived from it; replaces a former rule for it. A rule
  /// for exactly the class of an error beats those for its bases; of these the first declared wins.
  template <class Error>
  ErrorPolicy& on(ErrorRule rule) {
    return add(
        typeid(Error), [](const std::exception& error) { return detail::is_a<Error>(error); },
        std::move(rule));
  }

  /// Errors of this class only carry another one, made by `std::throw_with_nested`: rules for them
  /// count only when there is none inside. Of others too the causes are asked, at most 10 levels
  /// deep, but only when no rule is for what is around them.
  template <class Wrapper>
  ErrorPolicy& unwrap() {
    return add_wrapper([](const std::exception& error) { return detail::is_a<Wrapper>(error); },
                       {});
  }

  /// The same for a class that keeps what it carries in a way of its own:
  /// `policy.unwrap<InvokeError>([](const InvokeError& error) { return error.original; })`.
  template <class Wrapper, class Original>
  ErrorPolicy& unwrap(Original original) {
    return add_wrapper([](const std::exception& error) { return detail::is_a<Wrapper>(error); },
                       [original = std::move(original)](const std::exception& error) {
                         return std::exception_ptr(original(dynamic_cast<const Wrapper&>(error)));
                       });
  }

#endif

  /// For errors that no rule is for; at first they are sent.
  ErrorPolicy& otherwise(ErrorRule rule);

  /// The rule that is for this error.
  /// Lifetime: until this policy changes.
  [[nodiscard]] const ErrorRule& rule_for(const std::exception_ptr& error) const noexcept;
  [[nodiscard]] const ErrorRule& rule_for(const std::exception& error) const noexcept;

  /// Sends the error if its rule says so, and tells what the user is to see.
  ErrorReply handle(const std::exception_ptr& error, const ErrorFacts& facts = {},
                    SourceLocation location = SourceLocation::current()) const noexcept;
  ErrorReply handle(const std::exception& error, const ErrorFacts& facts = {},
                    SourceLocation location = SourceLocation::current()) const noexcept;

  /// What the user is to see of an error that was captured already as `event_id`, or not at all.
  [[nodiscard]] ErrorReply reply(const std::exception_ptr& error, EventId event_id,
                                 Attributes facts = {}) const noexcept;

 private:
  using Test = bool (*)(const std::exception& error);
  using Original = std::function<std::exception_ptr(const std::exception& error)>;
  struct Entry {
    const std::type_info* type;
    Test test;
    ErrorRule rule;
  };
  struct Wrapper {
    Test test;
    Original original;  // empty: what it is nested around
  };
  struct Match;

  ErrorPolicy& add(const std::type_info& type, Test test, ErrorRule rule);
  ErrorPolicy& add_wrapper(Test test, Original original);
  [[nodiscard]] Match match(std::exception_ptr keeper, const std::exception* error) const;
  [[nodiscard]] const Entry* entry_for(const std::exception& error) const;
  template <class Error>
  ErrorReply deal_with(const Error& error, const Match& match, const ErrorFacts& facts,
                       SourceLocation location) const;
  [[nodiscard]] ErrorReply make_reply(const Match& match, EventId event_id, Attributes facts) const;

  std::vector<Entry> entries_{};
  std::vector<Wrapper> wrappers_{};
  ErrorRule otherwise_{};
};

}  // namespace picket
