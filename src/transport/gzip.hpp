#pragma once

// Compresses request bodies. One `Gzip` keeps its state and its buffer from body to body.
// A door to zlib; the other is `checksum.hpp`.

#include <memory>
#include <string>
#include <string_view>

namespace picket::transport {

/// Threads: one at a time.
class Gzip {
 public:
  Gzip();
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  /// Errors:   empty when it cannot be compressed; send it as it is.
  /// Lifetime: the view lasts until the next call.
  std::string_view compress(std::string_view bytes);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;  // made on first use: it takes a quarter of a megabyte
  std::string buffer_;
};

}  // namespace picket::transport
