#pragma once

// The envelope is Sentry's unit of transport: a JSON header line, then items, each with a header
// line and a payload. The client writes envelopes as a stream; this header is for programs that
// read them back: test helpers, ingest servers, hosts with a transport of their own.

#include "picket/export.hpp"
#include "picket/result.hpp"
#include "picket/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace picket {

/// One item; unknown types and header keys are kept as they are.
struct PICKET_EXPORT EnvelopeItem {
  Object headers{};       // holds `type`; `length` is written anew by `to_bytes`
  std::string payload{};  // raw bytes, not always JSON

  [[nodiscard]] std::string_view type() const noexcept;

  friend bool operator==(const EnvelopeItem&, const EnvelopeItem&) = default;
};

/// Spec: P2.1 to P2.4.
struct PICKET_EXPORT Envelope {
  Object headers{};
  std::vector<EnvelopeItem> items{};

  /// Reads every legal form of the grammar, implicit lengths included.
  /// Errors: `Errc::invalid_envelope`; the message names the item (from 0) and the fault.
  static Result<Envelope> parse(std::string_view bytes);

  /// Writes each item with its exact length and the final newline.
  [[nodiscard]] std::string to_bytes() const;

  /// The first item of that type, or null.
  [[nodiscard]] const EnvelopeItem* find(std::string_view type) const noexcept;

  friend bool operator==(const Envelope&, const Envelope&) = default;
};

}  // namespace picket
