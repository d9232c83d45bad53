#pragma once

// The one door to OpenSSL: randomness for seeds.

#include <cstddef>
#include <span>

namespace picket::base {

/// Fills `bytes` from the kernel's generator; from OpenSSL's where there is none. Works at any
/// time, also while the process exits.
void random_bytes(std::span<std::byte> bytes) noexcept;

}  // namespace picket::base
