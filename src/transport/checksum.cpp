#include "transport/checksum.hpp"

#include <zlib.h>

namespace picket::transport {

std::uint32_t crc32(std::string_view bytes, std::uint32_t before) noexcept {
  const auto* const data = reinterpret_cast<const Bytef*>(bytes.data());
  // No bytes may come with a null pointer, for which zlib answers with the initial value.
  if (bytes.empty()) return before;
  return static_cast<std::uint32_t>(::crc32_z(before, data, bytes.size()));
}

}  // namespace picket::transport
