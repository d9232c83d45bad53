#pragma once

// `ScopedClient` is the fixture for tests of code that uses picket:
//
//   picket::testing::ScopedClient client;
//   code_under_test();
//   CHECK(client.captured().errors().size() == 1);
//
// While it lives picket is on, nothing touches the network, time stands still and every random
// number is 0. Fixtures may be nested; the former state is back when one ends, also by an
// exception.

#include "picket/export.hpp"
#include "picket/options.hpp"
#include "picket/stats.hpp"
#include "picket/testing/captured.hpp"
#include "picket/testing/client_override.hpp"
#include "picket/testing/fixed_random.hpp"
#include "picket/testing/manual_clock.hpp"
#include "picket/testing/memory_transport.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace picket::testing {

/// Threads: any, but it ends on the thread that made it.
class [[nodiscard]] PICKET_EXPORT ScopedClient {
 public:
  /// An empty DSN becomes a dummy; transport, clock, random and logger are replaced.
  explicit ScopedClient(Options options = {});

  /// Everything captured so far; waits until it has passed the worker.
  /// Errors: throws `std::runtime_error` after ten seconds, as with a transport that is held.
  [[nodiscard]] Captured captured() const;

  /// picket's own diagnostics so far, as `level: text`.
  [[nodiscard]] std::vector<std::string> diagnostics() const;

  [[nodiscard]] Stats stats() const;
  [[nodiscard]] Client client() const noexcept { return override_->client(); }
  [[nodiscard]] MemoryTransport& transport() const noexcept { return *transport_; }
  [[nodiscard]] ManualClock& clock() noexcept { return clock_; }
  [[nodiscard]] FixedRandom& random() noexcept { return random_; }

 private:
  struct Lines;

  std::shared_ptr<Lines> lines_;
  std::shared_ptr<MemoryTransport> transport_;
  ManualClock clock_;
  FixedRandom random_;
  std::optional<ClientOverride> override_;
};

}  // namespace picket::testing
