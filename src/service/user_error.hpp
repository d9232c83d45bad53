#pragma once

// Which errors are the user's, as the options of the client say.

#include <exception>

namespace picket::service {

/// Whether `Options::ignore_errors` of the current client names this error: no event of it would
/// leave. False while off. Spec: S11.2, A18.
bool is_ignored_error(const std::exception_ptr& error) noexcept;
bool is_ignored_error(const std::exception& error) noexcept;

}  // namespace picket::service
