#pragma once

// Whether picket is on, as every call of the host asks it first: while it is off a call is a load
// and a branch in the host's own code. What a call does while it is on stands in `live`, in the
// headers of the front door; hosts call the functions outside of it.

#include "picket/export.hpp"

#include <atomic>

namespace picket::detail {

/// True while a working client is bound. Set by the library alone.
PICKET_EXPORT extern std::atomic<bool> active_flag;

inline bool is_on() noexcept { return active_flag.load(std::memory_order_acquire); }

}  // namespace picket::detail
