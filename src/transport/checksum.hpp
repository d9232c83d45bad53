#pragma once

// The checksum of what lies on disk. The second door to zlib, beside `gzip.hpp`.

#include <cstdint>
#include <string_view>

namespace picket::transport {

/// The CRC-32 of zlib and PNG. `before` is that of the bytes in front of these.
std::uint32_t crc32(std::string_view bytes, std::uint32_t before = 0) noexcept;

}  // namespace picket::transport
