#pragma once

// Looks at an exception on the host's thread, without rethrowing it: type, text, error code,
// where it was thrown if that is known, and the chain of `std::nested_exception`. It happens there
// and not on the worker because the host may still change the exception while it travels on.

#include "client/capture_record.hpp"

#include <exception>
#include <vector>

namespace picket::client {

inline constexpr std::size_t kMaxChain = 10;  // S4.7

/// The captured exception first, then its cause, and so on.
std::vector<ThrownRecord> thrown_chain(const std::exception_ptr& exception);
std::vector<ThrownRecord> thrown_chain(const std::exception& exception);

/// The exception being handled, if `error` is that very object; else null. Spec: S4.6.
std::exception_ptr current_if_same(const std::exception& error) noexcept;

}  // namespace picket::client
