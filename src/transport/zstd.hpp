#pragma once

// Compresses request bodies, in less time than gzip. One `Zstd` keeps its state and its buffer from
// body to body. The one door to libzstd.

#include <memory>
#include <string>
#include <string_view>

namespace picket::transport {

/// Threads: one at a time.
class Zstd {
 public:
  Zstd();
  ~Zstd();
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;

  /// Errors:   empty when it cannot be compressed; send it as it is.
  /// Lifetime: the view lasts until the next call.
  std::string_view compress(std::string_view bytes);

 private:
  struct Context;
  std::unique_ptr<Context> context_;  // made on first use
  std::string buffer_;
};

}  // namespace picket::transport
