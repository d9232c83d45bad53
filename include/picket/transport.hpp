#pragma once

// A transport takes finished envelopes to the server. The default one speaks HTTP through libcurl;
// a host may bring its own in `Options::transport`, and tests use
// `testing/memory_transport.hpp`. Rate limits, retries and accounting are done around it by the
// client's worker, in the same way for every transport.

#include "picket/clock.hpp"
#include "picket/export.hpp"

#include <string>
#include <string_view>

namespace picket {

/// What the server said.
struct TransportResponse {
  int status = 0;             // HTTP status; 0: no answer came
  std::string error{};        // why there was no answer
  std::string rate_limits{};  // header X-Sentry-Rate-Limits, empty when absent
  std::string retry_after{};  // header Retry-After, empty when absent
  bool repeated = false;      // the body left more than once, unasked
};

/// Threads: `send` is called by one worker thread at a time, `interrupt` by any thread.
class PICKET_EXPORT Transport {
 public:
  virtual ~Transport();

  /// Delivers one envelope; may block.
  /// Errors: what it throws is contained and counts as a network error.
  virtual TransportResponse send(std::string_view envelope) = 0;

  /// Asks a `send` in progress to return soon; called when `close` runs out of time.
  virtual void interrupt() noexcept {}
};

}  // namespace picket
