#pragma once

// Operations whose failure must not stop what is around them: the error is logged and captured,
// and the work goes on with something else.
//
//   const int level = picket::guarded("load_level", [&] { return load(user); }, 0,
//                                     {.component = "levels"});
//
// What is said of an error holds for its event alone, no scope is touched.

#include "picket/client.hpp"
#include "picket/event_id.hpp"
#include "picket/export.hpp"
#include "picket/language.hpp"
#include "picket/level.hpp"
#include "picket/source_location.hpp"
#include "picket/value.hpp"

#include <exception>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace picket {

/// Lifetime: borrowed until the call returns.
struct GuardedOptions {
  std::string_view component{};  // the tag `component`; empty: none
  Level level = Level::error;    // of the event and of the line in the log
  Attributes tags{};
  Attributes extra_context{};
  ContextBlocks contexts{};
};

/// Captures `error`, one of the host's own hierarchy as `capture_domain_error` does, with the tags
/// `operation` and `component`. Spec: T23.
PICKET_EXPORT EventId handle_error(const std::exception_ptr& error, std::string_view operation,
                                   const GuardedOptions& options = {},
                                   SourceLocation location = SourceLocation::current()) noexcept;
PICKET_EXPORT EventId handle_error(const std::exception& error, std::string_view operation,
                                   const GuardedOptions& options = {},
                                   SourceLocation location = SourceLocation::current()) noexcept;

/// The same, and writes a line to `Options::logger`. Spec: T23.
PICKET_EXPORT EventId log_and_capture(const std::exception_ptr& error, std::string_view operation,
                                      const GuardedOptions& options = {},
                                      SourceLocation location = SourceLocation::current()) noexcept;
PICKET_EXPORT EventId log_and_capture(const std::exception& error, std::string_view operation,
                                      const GuardedOptions& options = {},
                                      SourceLocation location = SourceLocation::current()) noexcept;

/// Runs `work` and returns what it returns; when it throws, `log_and_capture`s that and returns
/// `fallback`, or what `fallback` returns where it is a function. Spec: T23.
template <class Work, class Fallback>
std::invoke_result_t<Work> guarded(std::string_view operation, Work&& work, Fallback&& fallback,
                                   const GuardedOptions& options = {},
                                   SourceLocation location = SourceLocation::current()) {
  using Result = std::invoke_result_t<Work>;
  PICKET_TRY { return std::invoke(std::forward<Work>(work)); }
  PICKET_CATCH_ALL { log_and_capture(std::current_exception(), operation, options, location); }
  if constexpr (std::is_invocable_r_v<Result, Fallback>) {
    return std::invoke(std::forward<Fallback>(fallback));
  } else {
    return static_cast<Result>(std::forward<Fallback>(fallback));
  }
}

/// For work without a result.
template <class Work>
requires std::is_void_v<std::invoke_result_t<Work>>
void guarded(std::string_view operation, Work&& work, const GuardedOptions& options = {},
             SourceLocation location = SourceLocation::current()) {
  guarded(
      operation, std::forward<Work>(work), [] {}, options, location);
}

/// `guarded` by its other name.
template <class Work, class Fallback>
std::invoke_result_t<Work> safe_operation(std::string_view operation, Work&& work,
                                          Fallback&& fallback, const GuardedOptions& options = {},
                                          SourceLocation location = SourceLocation::current()) {
  return guarded(operation, std::forward<Work>(work), std::forward<Fallback>(fallback), options,
                 location);
}

}  // namespace picket
