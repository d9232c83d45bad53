#pragma once

// Envelopes as bodies of requests: compressed when that is worth it, in the way the host chose.

#include "picket/options.hpp"
#include "transport/gzip.hpp"
#include "transport/zstd.hpp"

#include <string_view>

namespace picket::transport {

struct HttpBody {
  std::string_view bytes{};
  Compression compression = Compression::none;
};

/// Threads: one at a time.
class BodyPacker {
 public:
  explicit BodyPacker(Compression compression) noexcept : compression_(compression) {}

  /// Errors:   what cannot be compressed goes as it is.
  /// Lifetime: until the next call, and while the envelope lives.
  /// Spec:     P1.7.
  HttpBody pack(std::string_view envelope) noexcept;

 private:
  Compression compression_;
  Gzip gzip_;
  Zstd zstd_;
};

}  // namespace picket::transport
