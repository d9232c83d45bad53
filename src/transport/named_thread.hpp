#pragma once

// Starts a thread that a host can recognise in its tools and that never handles the host's signals.

#include <functional>
#include <thread>

namespace picket::transport {

/// `name` has at most 15 characters. The new thread blocks every signal but those that a fault of
/// its own raises, which a crash handler wants to see, and has an alternate stack for that.
/// Errors: throws `std::system_error` when there is no thread to be had.
std::thread start_named_thread(const char* name, std::function<void()> run);

}  // namespace picket::transport
