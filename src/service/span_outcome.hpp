#pragma once

// How the work of a transaction ended, unless its host has said so itself.

#include "picket/tracing.hpp"

#include <exception>

namespace picket::service {

/// Spec: S6.3: an explicit status wins.
void set_status_if_unset(const SpanHandle& span, SpanStatus status) noexcept;

/// Status `internal_error`, and the class of `error` as the datum `error.type`.
void mark_failed(SpanHandle& span, const std::exception_ptr& error) noexcept;

}  // namespace picket::service
