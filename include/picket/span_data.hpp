#pragma once

// Spans and traces as data: what hooks see of a finished transaction, and what goes over the wire.
// The guards that measure while a program runs are in `tracing.hpp`.

#include "picket/clock.hpp"
#include "picket/export.hpp"
#include "picket/value.hpp"

#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace picket {

/// How the work of a span ended.
/// Spec: P4.13.
enum class SpanStatus : unsigned char {
  unset,  // left out of the payload
  ok,
  cancelled,
  unknown,
  invalid_argument,
  deadline_exceeded,
  not_found,
  already_exists,
  permission_denied,
  resource_exhausted,
  failed_precondition,
  aborted,
  out_of_range,
  unimplemented,
  internal_error,
  unavailable,
  data_loss,
  unauthenticated,
};

/// The name on the wire; empty for `unset`.
PICKET_EXPORT std::string_view to_text(SpanStatus status) noexcept;

/// Reads a name in any letter case; `error` is `internal_error`, other texts are `unknown`.
/// Spec: S6.3, T8.
PICKET_EXPORT SpanStatus parse_span_status(std::string_view text) noexcept;

/// Spec: P4.13 rule 2, T8.
PICKET_EXPORT SpanStatus status_from_http(int status_code) noexcept;

/// Codes 0 to 16; others are `unknown`. Spec: P4.13 rule 1.
PICKET_EXPORT SpanStatus status_from_grpc(int code) noexcept;

/// Tells some standard exceptions apart, `std::system_error` by its code; what is not known is
/// `internal_error`. Spec: T8.
PICKET_EXPORT SpanStatus status_from_exception(const std::exception& error) noexcept;
PICKET_EXPORT SpanStatus status_from_exception(const std::exception_ptr& error) noexcept;

/// Where the name of a transaction comes from. A `url` is taken to be of high cardinality.
/// Spec: P4.4.
enum class TransactionSource : unsigned char { custom, url, route, view, component, task };

PICKET_EXPORT std::string_view to_text(TransactionSource source) noexcept;

/// A number with its unit, such as `millisecond`, `byte`, `ratio`; an empty unit is none.
/// Spec: P4.5.
struct Measurement {
  double value = 0;
  std::string unit{};

  friend bool operator==(const Measurement&, const Measurement&) = default;
};

using Measurements = std::map<std::string, Measurement, std::less<>>;

/// A reference to a span of another trace, or of this one, that is not the parent.
/// Spec: P4.16.
struct SpanLink {
  std::string trace_id{};  // 32 hex digits
  std::string span_id{};   // 16 hex digits
  std::optional<bool> sampled{};
  Object attributes{};  // such as `sentry.link.type`

  friend bool operator==(const SpanLink&, const SpanLink&) = default;
};

/// A finished child span of a transaction.
/// Spec: P4.3.
struct SpanData {
  std::string trace_id{};
  std::string span_id{};
  std::string parent_span_id{};
  std::string op{};
  std::string description{};
  std::string origin{};
  SpanStatus status = SpanStatus::unset;
  WallTime start_timestamp{};
  WallTime timestamp{};
  Object data{};
  std::map<std::string, std::string, std::less<>> tags{};
  Measurements measurements{};
  std::vector<SpanLink> links{};

  friend bool operator==(const SpanData&, const SpanData&) = default;
};

/// The trace an event belongs to; for a transaction it also describes the root span.
/// Spec: P3.20, P4.2.
struct TraceContext {
  std::string trace_id{};        // 32 hex digits
  std::string span_id{};         // 16 hex digits
  std::string parent_span_id{};  // 16 hex digits, or empty
  std::string op{};
  std::string description{};
  std::string origin{};
  SpanStatus status = SpanStatus::unset;
  Object data{};
  std::vector<SpanLink> links{};

  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

}  // namespace picket
