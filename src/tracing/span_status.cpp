#include "base/text.hpp"
#include "picket/span_data.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>
#include <stdexcept>
#include <system_error>

namespace picket {
namespace {

constexpr std::array<std::string_view, 18> kStatusNames{"",
                                                        "ok",
                                                        "cancelled",
                                                        "unknown",
                                                        "invalid_argument",
                                                        "deadline_exceeded",
                                                        "not_found",
                                                        "already_exists",
                                                        "permission_denied",
                                                        "resource_exhausted",
                                                        "failed_precondition",
                                                        "aborted",
                                                        "out_of_range",
                                                        "unimplemented",
                                                        "internal_error",
                                                        "unavailable",
                                                        "data_loss",
                                                        "unauthenticated"};

SpanStatus status_from_code(const std::error_code& code) noexcept {
  if (code == std::errc::timed_out) return SpanStatus::deadline_exceeded;
  if (code == std::errc::permission_denied) return SpanStatus::permission_denied;
  if (code == std::errc::no_such_file_or_directory) return SpanStatus::not_found;
  if (code == std::errc::operation_canceled) return SpanStatus::cancelled;
  return SpanStatus::internal_error;
}

}  // namespace

std::string_view to_text(SpanStatus status) noexcept {
  const auto index = static_cast<std::size_t>(status);
  return index < kStatusNames.size() ? kStatusNames[index] : kStatusNames[0];
}

SpanStatus parse_span_status(std::string_view text) noexcept {
  text = base::trim(text);
  if (text.empty()) return SpanStatus::unset;
  for (std::size_t i = 1; i < kStatusNames.size(); ++i) {
    if (base::equals_ignoring_case(text, kStatusNames[i])) return static_cast<SpanStatus>(i);
  }
  if (base::equals_ignoring_case(text, "canceled")) return SpanStatus::cancelled;
  if (base::equals_ignoring_case(text, "error")) return SpanStatus::internal_error;
  return SpanStatus::unknown;
}

SpanStatus status_from_http(int status_code) noexcept {
  switch (status_code) {
    case 401:
      return SpanStatus::unauthenticated;
    case 403:
      return SpanStatus::permission_denied;
    case 404:
      return SpanStatus::not_found;
    case 409:
      return SpanStatus::already_exists;
    case 413:
      return SpanStatus::failed_precondition;
    case 429:
      return SpanStatus::resource_exhausted;
    case 499:
      return SpanStatus::cancelled;
    case 501:
      return SpanStatus::unimplemented;
    case 503:
      return SpanStatus::unavailable;
    case 504:
      return SpanStatus::deadline_exceeded;
    default:
      break;
  }
  if (status_code >= 100 && status_code < 400) return SpanStatus::ok;
  if (status_code >= 400 && status_code < 500) return SpanStatus::invalid_argument;
  if (status_code >= 500 && status_code < 600) return SpanStatus::internal_error;
  return SpanStatus::unknown;
}

SpanStatus status_from_grpc(int code) noexcept {
  // The enumerators stand in the order of the codes.
  if (code < 0 || code > 16) return SpanStatus::unknown;
  return static_cast<SpanStatus>(code + 1);
}

SpanStatus status_from_exception(const std::exception& error) noexcept {
  if (const auto* system = dynamic_cast<const std::system_error*>(&error)) {
    return status_from_code(system->code());
  }
  if (dynamic_cast<const std::invalid_argument*>(&error)) return SpanStatus::invalid_argument;
  if (dynamic_cast<const std::out_of_range*>(&error)) return SpanStatus::out_of_range;
  if (dynamic_cast<const std::bad_alloc*>(&error)) return SpanStatus::resource_exhausted;
  return SpanStatus::internal_error;
}

SpanStatus status_from_exception(const std::exception_ptr& error) noexcept {
  if (!error) return SpanStatus::unset;
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& standard) {
    return status_from_exception(standard);
  } catch (...) {
    return SpanStatus::internal_error;
  }
}

std::string_view to_text(TransactionSource source) noexcept {
  constexpr std::array<std::string_view, 6> kNames{"custom", "url",       "route",
                                                   "view",   "component", "task"};
  const auto index = static_cast<std::size_t>(source);
  return index < kNames.size() ? kNames[index] : kNames[0];
}

}  // namespace picket
