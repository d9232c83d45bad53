#pragma once

// The little library that the kernel maps into each process. It is an ELF file that lies in memory
// as a whole and nowhere else.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace picket::stacktrace {

inline constexpr std::size_t kMaxVdsoBytes = 64U << 10U;

/// A copy; empty when there is none.
std::vector<std::uint8_t> read_vdso();

}  // namespace picket::stacktrace
