#pragma once

// What counts in `picket::stats().figures`. The service layer and the metrics call these with the
// current client (`sdk::BorrowedCore`); errors and spans are counted by the client itself. All of
// it happens before sampling and limits. While off, and without `Options::enable_figures`, the
// calls do nothing.
//
// Errors are captures of level error or fatal. Their kind is the tag `error.type` of the capture,
// else `generic`; `database` counts as a database error too. Their type is that of the exception,
// `message` for what is none. Spans inside a transaction count by their op, see
// `figures/span_name.hpp`, unless they end after it or are ignored; what they came to is what their
// guard was told: the datum `http.response.status_code`, and outside of HTTP their status.
//
// Threads: any. Errors: none is thrown. Allocations: only for names that were not seen before.

#include "figures/outcome.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace picket::client {

class Core;

/// One finished run of a command; without a duration it is counted but not timed. Spec: S10.2,
/// S10.5, S6.12, S6.13.
void record_command(Core& core, std::string_view name, figures::Outcome outcome,
                    std::optional<std::chrono::nanoseconds> duration) noexcept;

/// One finished operation on a database; `table` may be empty. Spec: S10.3.
void record_database(Core& core, std::string_view operation, std::string_view table,
                     std::chrono::nanoseconds duration) noexcept;

/// One finished call of another service: its endpoint without what follows a `?`, and the HTTP
/// status of the response, if there was one. Spec: S10.4.
void record_api(Core& core, std::string_view endpoint, std::optional<int> status,
                std::chrono::nanoseconds duration) noexcept;

/// An error that `Options::error_limit` or storm control holds back. Spec: S10.6.
void record_suppressed(Core& core) noexcept;

}  // namespace picket::client
