#pragma once

// Captures for the kinds of failures that a service has: each knows which tags and which context
// such an error needs.
//
//   catch (const std::exception& error) {
//     picket::capture_database_error(error, {.operation = "create", .table = "users"});
//     throw;
//   }
//
// Each touches no scope: what it adds is on this one event. An exception that is captured again
// further up is the same event. Arguments that are empty add nothing. None throws.

#include "picket/client.hpp"
#include "picket/errors.hpp"
#include "picket/event_id.hpp"
#include "picket/export.hpp"
#include "picket/language.hpp"
#include "picket/source_location.hpp"
#include "picket/value.hpp"

#include <exception>
#include <string>
#include <string_view>

namespace picket {

/// As `capture_exception`, marked with the tag `error.captured_safely`. While off the error is told
/// on picket's log instead, so that it is never lost without a trace.
/// Spec: S4.1 to S4.7.
PICKET_EXPORT EventId
capture_exception_safe(const std::exception& error, const CaptureOptions& options = {},
                       SourceLocation location = SourceLocation::current()) noexcept;
PICKET_EXPORT EventId capture_exception_safe(
    const std::exception_ptr& error = std::current_exception(), const CaptureOptions& options = {},
    SourceLocation location = SourceLocation::current()) noexcept;

/// Lifetime: these are borrowed until the call returns.
struct DatabaseError {
  std::string_view operation{};
  std::string_view table{};
  std::string_view query{};  // cut to `Options::max_query_bytes`
};

struct ApiError {
  std::string_view endpoint{};  // a path or a whole URL; the tag goes without secrets and query
  int status_code = 0;          // 0: no answer
  ValueRef response{};          // text or data, cut to `Options::max_response_bytes`
};

struct ModuleError {
  std::string_view module{};
  std::string_view command{};
  std::string_view event{};
  std::string_view kind = "module";  // what the service calls its loadable parts
};

struct DomainInfo {
  std::string_view command_name{};
  std::string_view user_id{};
  std::string_view guild_id{};
};

/// Tag `error.type` = `database`; the context `database`, merged into the one of the scope.
/// Spec: S4.8, S4.9.
PICKET_EXPORT EventId
capture_database_error(const std::exception& error, const DatabaseError& facts = {},
                       const CaptureOptions& options = {},
                       SourceLocation location = SourceLocation::current()) noexcept;

/// Tags `error.type` = `api`, `api.endpoint`, `api.status_code`; the context `api_error`.
/// Spec: S4.8, S4.10.
PICKET_EXPORT EventId capture_api_error(
    const std::exception& error, const ApiError& facts = {}, const CaptureOptions& options = {},
    SourceLocation location = SourceLocation::current()) noexcept;

/// Tags `error.type` = kind, `<kind>.name`, `command.name`, `event.name`; the context
/// `<kind>_error`. Spec: S4.8, S4.11.
PICKET_EXPORT EventId capture_module_error(
    const std::exception& error, const ModuleError& facts, const CaptureOptions& options = {},
    SourceLocation location = SourceLocation::current()) noexcept;

/// The same with the kind `cog`.
PICKET_EXPORT EventId capture_cog_error(
    const std::exception& error, const ModuleError& facts, const CaptureOptions& options = {},
    SourceLocation location = SourceLocation::current()) noexcept;

/// Tags `error.type` = `<Options::domain>_error`, `error.severity`; the context of that name with
/// code, severity and whether it is for users, as a `DomainError` tells them; of others they are
/// unknown. Spec: S4.8, S4.12.
PICKET_EXPORT EventId capture_domain_error(
    const std::exception& error, const DomainInfo& facts = {}, const CaptureOptions& options = {},
    SourceLocation location = SourceLocation::current()) noexcept;

namespace detail {

/// What `error_traits` told.
struct DomainFacts {
  std::string code{};
  std::string severity{};
  bool user_facing = false;
};

PICKET_EXPORT EventId capture_domain_error(const std::exception& error, const DomainFacts& told,
                                           const DomainInfo& facts, const CaptureOptions& options,
                                           SourceLocation location) noexcept;

}  // namespace detail

/// The same for a class with `error_traits`; what those throw counts as unknown.
template <HasErrorTraits Error>
EventId capture_domain_error(const Error& error, const DomainInfo& facts = {},
                             const CaptureOptions& options = {},
                             SourceLocation location = SourceLocation::current()) noexcept {
  detail::DomainFacts told;
  PICKET_TRY {
    using Traits = error_traits<Error>;
    told = {Traits::code(error), Traits::severity(error), Traits::user_facing(error)};
  }
  PICKET_CATCH_ALL { told = {}; }
  return detail::capture_domain_error(error, told, facts, options, location);
}

}  // namespace picket
