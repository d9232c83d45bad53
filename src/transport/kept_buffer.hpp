#pragma once

// Buffers that are kept from body to body, so that each costs no allocation of its own.

#include <cstddef>
#include <string>

namespace picket::transport {

inline constexpr std::size_t kMaxKeptBuffer = 1U << 20U;  // bytes

/// Gives up a buffer that has grown beyond that: one large attachment must not cost us for ever.
inline void shrink_kept(std::string& buffer) noexcept {
  if (buffer.capacity() > kMaxKeptBuffer) std::string().swap(buffer);
}

}  // namespace picket::transport
