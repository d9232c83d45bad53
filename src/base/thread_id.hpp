#pragma once

// The number of the calling thread as the kernel has it: what events, debuggers and `/proc` call
// it.

#include <cstdint>

namespace picket::base {

/// Threads: any; a system call for the first time on each thread, and in the child of a fork.
std::uint64_t thread_id() noexcept;

}  // namespace picket::base
