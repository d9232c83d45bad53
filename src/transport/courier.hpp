#pragma once

// A `Courier` carries finished envelopes to the server for the worker, several at a time where it
// can, and brings the answers back. Who retries, waits or gives up is decided by the worker.
// `curl_courier.hpp` speaks HTTP; `make_blocking_courier` wraps a `Transport` of the host.

#include "base/deadline.hpp"
#include "picket/transport.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace picket::transport {

/// Threads: the worker, but for `wake` and `interrupt`.
class Courier {
 public:
  using FlightId = std::uint64_t;

  struct Arrival {
    FlightId flight = 0;
    TransportResponse response{};
  };

  Courier() = default;
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;
  virtual ~Courier() = default;

  /// How many envelopes may be under way at once, at least 1.
  [[nodiscard]] virtual std::size_t capacity() const noexcept = 0;

  /// Takes an envelope on its way; its answer comes out of `wait`. There is room for it.
  /// Errors: none thrown; an envelope that cannot leave arrives with status 0 and the reason.
  virtual void send(FlightId flight, std::string envelope) noexcept = 0;

  /// Appends the answers that have come; waits for the first until one is there, somebody has
  /// called `wake`, or `until` has passed. A `wake` with nobody waiting ends the next wait.
  virtual void wait(base::Deadline until, std::vector<Arrival>& arrivals) noexcept = 0;

  /// Ends every flight at once: each arrives with status 0. Later ones may leave.
  virtual void cancel() noexcept = 0;

  /// Threads: any.
  virtual void wake() noexcept = 0;

  /// As `cancel`, and every later flight ends at once as well: the client is at its end.
  /// Threads: any.
  virtual void interrupt() noexcept = 0;
};

/// One envelope at a time; `send` returns when the host's transport does.
std::unique_ptr<Courier> make_blocking_courier(std::shared_ptr<Transport> transport);

}  // namespace picket::transport
