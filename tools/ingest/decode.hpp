#pragma once

// Undoes the Content-Encoding of a request, within a limit on what comes out.

#include <cstddef>
#include <string>
#include <string_view>

namespace picket::ingest {

struct Decoded {
  int status = 200;  // 400: unknown or broken encoding; 413: larger than the limit
  std::string body{};
  std::string error{};
};

/// Takes identity, gzip, x-gzip, deflate (with the zlib wrapper) and zstd, in any letter case.
/// Spec: P1.7.
Decoded decode(std::string_view encoding, std::string_view bytes, std::size_t max_bytes);

}  // namespace picket::ingest
