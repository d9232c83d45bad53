#pragma once

// Whether the calling thread is inside a diagnostic of ours right now, see `diagnostics.hpp`.

namespace picket::diag {

/// True while a sink is called on this thread. Threads: any.
bool is_speaking() noexcept;

}  // namespace picket::diag
