#pragma once

// What the spool does with one open file: whole reads and whole appends.

#include "transport/descriptor.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace picket::transport {

/// So many bytes from `offset` on.
/// Errors: nothing when there are fewer or they cannot be read.
std::optional<std::string> read_exactly(const Descriptor& file, std::uint64_t offset,
                                        std::size_t size);

/// Writes both parts, one behind the other, at the end of a file that is `size` long, with one
/// system call.
/// Errors: the value of `errno`, 0 for none; the file is then as long as before, or
///         `*broken` says that its end is not to be written to any more.
int append_whole(const Descriptor& file, std::uint64_t size, std::string_view first,
                 std::string_view second, bool* broken) noexcept;

/// The length of a regular file of this user.
/// Errors: nothing when it is something else.
std::optional<std::uint64_t> size_of_own_file(const Descriptor& file) noexcept;

/// A short name of an error, such as `No space left on device`.
std::string describe_errno(int code);

}  // namespace picket::transport
