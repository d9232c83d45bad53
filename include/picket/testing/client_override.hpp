#pragma once

// Binds a client of its own as the process-wide one, with fresh scopes, for as long as it lives.
// It is what `ScopedClient` is built on; use that one in tests.

#include "picket/client.hpp"
#include "picket/export.hpp"
#include "picket/options.hpp"

#include <memory>

namespace picket::testing {

/// Afterwards the former client and the calling thread's former scopes are back.
/// Threads: ends on the thread that made it; overrides end in reverse order.
class [[nodiscard]] PICKET_EXPORT ClientOverride {
 public:
  explicit ClientOverride(Options options);
  ~ClientOverride();
  ClientOverride(const ClientOverride&) = delete;
  ClientOverride& operator=(const ClientOverride&) = delete;

  [[nodiscard]] Client client() const noexcept;

 private:
  struct Former;
  std::unique_ptr<Former> former_;
};

}  // namespace picket::testing
