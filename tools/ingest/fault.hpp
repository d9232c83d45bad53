#pragma once

// A `Fault` is something that goes wrong on purpose: the server answers with an error, late, with
// nonsense or not at all. The text form is the same on the command line and in tests:
//
//   [ENDPOINT@]WHICH:ACTION[,OPTION…]
//
//   ENDPOINT  envelope or store; both when left out
//   WHICH     3 (the third request), 1-2, 4- (from the fourth on), * (every one)
//   ACTION    a status (503), ok, hang, reset, close, partial, garbage, drip, stall, huge,
//             huge-head, drop, tls; see `FaultAction`
//   OPTION    delay=500ms    wait before acting; units ms and s
//             limit=2s       hang, stall, drip, huge, huge-head: end it after that time
//             every=50ms     drip: between two bytes
//             size=100000    huge, huge-head: so many bytes and no more
//             resume         stall: read on and answer when the limit is over
//             processed      take the envelope in before failing: its answer is lost
//             Name=value     a response header
//
//   1-2:503    3:429,Retry-After=2    4:hang    5:reset,processed    *:200,delay=50ms
//   *:200,X-Sentry-Rate-Limits=60:error:key, 120:log_item:organization
//   6:stall,limit=2s,resume    7:drip,every=20ms,limit=1s    8:huge,size=50000000    1:drop 2:tls
//
// Requests are counted from 1, when their head has arrived; with an endpoint, only the requests to
// it count. For `drop` and `tls` there is no request yet: WHICH counts connections, apart from the
// requests. The first fault that fits acts. Faults that follow from a seed are in `chaos.hpp`.

#include "picket/result.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket::ingest {

enum class FaultAction {
  answer,   // with `status`; 2xx answers take the envelope in
  hang,     // never answers, until `limit` or the server stops
  reset,    // TCP RST
  close,    // FIN before any byte of an answer
  partial,  // stops in the middle of the answer
  garbage,  // bytes that are not HTTP

  drip,       // the answer comes byte by byte, until `limit`; it takes the envelope in
  stall,      // reads no body until `limit`, then resets the connection, or resumes
  huge,       // the body of the answer does not end, until `limit` or `size`; takes the envelope in
  huge_head,  // likewise its headers
  drop,       // of a connection: closed before a byte of it was read
  tls,        // of a connection: closed in the middle of the TLS handshake; nothing without HTTPS
};

struct Fault {
  std::string endpoint{};  // empty: any
  std::uint64_t first = 1;
  std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
  FaultAction action = FaultAction::answer;
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers{};
  std::chrono::milliseconds delay{0};
  std::optional<std::chrono::milliseconds> limit{};
  std::chrono::milliseconds every{100};
  std::uint64_t size = std::numeric_limits<std::uint64_t>::max();
  bool resume = false;
  bool processed = false;

  /// Reads the text form above.
  /// Errors: `Errc::invalid_argument`; the message shows the part at fault and what may stand
  /// there.
  static Result<Fault> parse(std::string_view text);

  /// Whether it acts on connections; else on requests.
  [[nodiscard]] bool is_of_connection() const noexcept {
    return action == FaultAction::drop || action == FaultAction::tls;
  }

  /// Whether it acts on the `number`th request to `request_endpoint`.
  [[nodiscard]] bool fits(std::string_view request_endpoint, std::uint64_t number) const noexcept;
  [[nodiscard]] bool fits_connection(std::uint64_t number) const noexcept;

  /// Whether the envelope counts as received in spite of the fault.
  [[nodiscard]] bool takes_in() const noexcept;

  friend bool operator==(const Fault&, const Fault&) = default;
};

}  // namespace picket::ingest
