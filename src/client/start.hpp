#pragma once

// From options to a running core: resolve, set up diagnostics, complain, start.

#include "client/core.hpp"
#include "picket/options.hpp"

#include <memory>

namespace picket::client {

/// Who starts a client: only the process-wide one decides who hears diagnostics.
enum class Role : unsigned char { process_wide, further };

/// Never throws; null only when there is no memory. `global` null: a scope of its own.
std::shared_ptr<Core> start(Options options, Role role,
                            std::shared_ptr<scope::ScopeState> global = nullptr) noexcept;

}  // namespace picket::client
