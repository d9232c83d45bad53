#pragma once

// Who wants to know that a client has begun anew in the child of a fork: what belongs to a process
// as a whole and has a thread of its own, which the child has not.

#include "client/core.hpp"

#include <memory>

namespace picket::client {

/// Called on the thread whose capture came first, after the engine has started; null: nobody.
using RenewalObserver = void (*)(const std::shared_ptr<Core>&) noexcept;
void set_renewal_observer(RenewalObserver observer) noexcept;

}  // namespace picket::client
