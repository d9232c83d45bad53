#pragma once

namespace picket::sdk {

/// Makes the calling thread's isolation scope part of the trace that the parent process handed down
/// in `SENTRY_TRACE` and `SENTRY_BAGGAGE`, if it did. Spec: P4.9 "other carriers".
void continue_trace_of_environment() noexcept;

}  // namespace picket::sdk
