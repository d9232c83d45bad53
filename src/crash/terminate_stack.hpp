#pragma once

// The stack that a terminate handler runs on, without the frames of the library that brought it
// there; those also tell how it came to that.

#include "stacktrace/unwind.hpp"

#include <cstdint>

namespace picket::crash {

/// Why `std::terminate` was called, as far as the stack tells.
enum class TerminateCause : std::uint8_t { called, thrown, pure_virtual, deleted_virtual };

struct TerminateStack {
  stacktrace::Addresses addresses;  // newest first, the host's own from the first one on
  TerminateCause cause = TerminateCause::called;
};

/// Fills `stack` with the calling thread's.
/// Threads: any; neither allocates nor waits, but for the loader's lock.
void take_terminate_stack(TerminateStack& stack) noexcept;

/// Takes away what the C++ runtime has put on top.
TerminateCause cut_runtime_frames(stacktrace::Addresses& addresses) noexcept;

}  // namespace picket::crash
