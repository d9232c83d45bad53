#pragma once

// The one door to OpenSSL: randomness for seeds.

#include <cstddef>
#include <span>

namespace picket::base {

/// Fills `bytes` from OpenSSL's generator; from the kernel's when that fails.
void random_bytes(std::span<std::byte> bytes) noexcept;

}  // namespace picket::base
