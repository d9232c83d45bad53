#pragma once

// Failures that are values: error codes, and results that hold a value or an error.
//
//   if (std::error_code code; !load(path, code)) picket::capture_error(code);
//   if (auto price = parse(text); !price) picket::capture_error(price);   // std::expected and its
//   like
//
// A result is anything with `has_value()` and `error()`: `std::expected`, `picket::Result`, those
// of other libraries. Its error may be an error code, an exception, an `exception_ptr`, a text, a
// class with a `message`, or an enum. Of other errors only the type is told, until this is
// specialised:
//
//   template <>
//   struct picket::failure_traits<shop::Refusal> {
//     static picket::Failure describe(const shop::Refusal& refusal) { return {.value =
//     refusal.why()}; }
//   };

#include "picket/client.hpp"
#include "picket/errors.hpp"
#include "picket/event_id.hpp"
#include "picket/export.hpp"
#include "picket/language.hpp"
#include "picket/picket.hpp"
#include "picket/source_location.hpp"

#include <concepts>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace picket {

/// What an error tells that is a value.
struct Failure {
  std::string type{};   // such as `shop::Refusal`; the name of the class when it is empty
  std::string value{};  // for people
  std::optional<std::error_code> code{};
};

/// To be specialised for errors of one's own, see above.
template <class Error>
struct failure_traits;

template <class Error>
concept HasFailureTraits = requires(const Error& error) {
  { failure_traits<Error>::describe(error) } -> std::convertible_to<Failure>;
};

template <class T>
concept ResultLike = requires(const T& result) {
  { result.has_value() } -> std::convertible_to<bool>;
  result.error();
};

/// Captures an error code, with its number, category and message; the event shows the stack of this
/// call.
/// Errors:  nil for a code that says that all is well, and where `capture_exception` answers so.
/// Threads: any.
/// Spec:    P3.6, P3.8.
PICKET_EXPORT EventId capture_error(const std::error_code& code, const CaptureOptions& options = {},
                                    SourceLocation location = SourceLocation::current()) noexcept;

/// The same for an error that was described already.
PICKET_EXPORT EventId capture_failure(const Failure& failure, const CaptureOptions& options = {},
                                      SourceLocation location = SourceLocation::current()) noexcept;

namespace detail {

/// Errors: what the host's own description throws.
template <class Error>
Failure describe_failure(const Error& error) {
  if constexpr (HasFailureTraits<Error>) {
    return failure_traits<Error>::describe(error);
  } else if constexpr (std::is_error_condition_enum_v<Error>) {
    const std::error_condition condition = make_error_condition(error);
    return {.value = condition.message(),
            .code = std::error_code(condition.value(), condition.category())};
  } else if constexpr (std::is_convertible_v<const Error&, std::string_view>) {
    return {.value = std::string(static_cast<std::string_view>(error))};
  } else if constexpr (requires { std::string(error.message); }) {
    return {.value = std::string(error.message)};
  } else if constexpr (requires { std::string(error.message()); }) {
    return {.value = std::string(error.message())};
  } else if constexpr (std::is_enum_v<Error>) {
    return {.value = std::to_string(static_cast<std::underlying_type_t<Error>>(error))};
  } else {
    return {};
  }
}

template <class Error>
EventId capture_error_value(const Error& error, const CaptureOptions& options,
                            SourceLocation location) noexcept {
  if constexpr (!HasFailureTraits<Error> && std::is_same_v<Error, std::exception_ptr>) {
    return capture_exception(error, options, location);
  } else if constexpr (!HasFailureTraits<Error> && std::derived_from<Error, std::exception>) {
    return capture_exception(static_cast<const std::exception&>(error), options, location);
  } else if constexpr (!HasFailureTraits<Error> && (std::is_same_v<Error, std::error_code> ||
                                                    std::is_error_code_enum_v<Error>)) {
    return capture_error(std::error_code(error), options, location);
  } else {
    PICKET_TRY {
      Failure failure = describe_failure(error);
      if (failure.type.empty()) failure.type = type_name<Error>();
      return capture_failure(failure, options, location);
    }
    PICKET_CATCH_ALL { return {}; }
  }
}

}  // namespace detail

/// Captures the error of a result; what it is like decides what is told, see above.
/// Errors: nil when the result holds a value, when the host's description throws, and where
/// `capture_exception` answers so.
template <ResultLike Result>
EventId capture_error(const Result& result, const CaptureOptions& options = {},
                      SourceLocation location = SourceLocation::current()) noexcept {
  if (!is_initialized() || result.has_value()) return {};
  return detail::capture_error_value(result.error(), options, location);
}

}  // namespace picket
