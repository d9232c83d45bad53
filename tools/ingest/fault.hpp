#pragma once

// A `Fault` is something that goes wrong on purpose: the server answers with an error, late, with
// nonsense or not at all. The text form is the same on the command line and in tests:
//
//   [ENDPOINT@]WHICH:ACTION[,OPTION…]
//
//   ENDPOINT  envelope or store; both when left out
//   WHICH     3 (the third request), 1-2, 4- (from the fourth on), * (every one)
//   ACTION    a status (503), ok, hang, reset, close, partial, garbage
//   OPTION    delay=500ms    wait before acting; units ms and s
//             limit=2s       hang only: close the connection after that time
//             processed      take the envelope in before failing: its answer is lost
//             Name=value     a response header
//
//   1-2:503    3:429,Retry-After=2    4:hang    5:reset,processed    *:200,delay=50ms
//   *:200,X-Sentry-Rate-Limits=60:error:key, 120:log_item:organization
//
// Requests are counted from 1; with an endpoint, only the requests to it count. The first fault
// that fits acts.

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
  bool processed = false;

  /// Reads the text form above.
  /// Errors: `Errc::invalid_argument`; the message shows the part at fault and what may stand
  /// there.
  static Result<Fault> parse(std::string_view text);

  /// Whether it acts on the `number`th request to `request_endpoint`.
  [[nodiscard]] bool fits(std::string_view request_endpoint, std::uint64_t number) const noexcept;

  /// Whether the envelope counts as received in spite of the fault.
  [[nodiscard]] bool takes_in() const noexcept;

  friend bool operator==(const Fault&, const Fault&) = default;
};

}  // namespace picket::ingest
