#pragma once

// From options to a running core: resolve, set up diagnostics, complain, start.

#include "client/core.hpp"
#include "picket/options.hpp"

#include <memory>

namespace picket::client {

/// Never throws; null only when there is no memory. `global` null: a scope of its own.
std::shared_ptr<Core> start(Options options, std::shared_ptr<scope::ScopeState> global) noexcept;

}  // namespace picket::client
