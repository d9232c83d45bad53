#include "picket/secret.hpp"

#include <cstring>

namespace picket::detail {

void wipe(void* bytes, std::size_t size) noexcept {
  if (size == 0) return;
  std::memset(bytes, 0, size);
  asm volatile("" : : "r"(bytes) : "memory");  // nobody reads it again, and it is still written
}

}  // namespace picket::detail
