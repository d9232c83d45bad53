#pragma once

// The one door to OpenSSL: randomness for seeds, and digests.

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace picket::base {

/// Fills `bytes` from the kernel's generator; from OpenSSL's where there is none. Works at any
/// time, also while the process exits.
void random_bytes(std::span<std::byte> bytes) noexcept;

/// Errors: nothing when OpenSSL cannot, as in a process that is past its exit handlers.
std::optional<std::array<std::byte, 32>> sha256(std::string_view bytes) noexcept;

}  // namespace picket::base
