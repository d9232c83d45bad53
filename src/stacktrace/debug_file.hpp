#pragma once

// Where the debug information of a binary may lie when it was split off from it.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace picket::stacktrace {

/// The places to look at, in this order: by name beside the binary, in `.debug` there, and in each
/// of `directories`; then by build id in those. `link` is what `.gnu_debuglink` says, without it
/// the name is the binary's with `.debug`. None is believed unless its build id is the same.
std::vector<std::string> debug_file_candidates(std::string_view binary, std::string_view link,
                                               std::span<const std::uint8_t> build_id,
                                               std::span<const std::string> directories);

/// The name in the bytes of a `.gnu_debuglink` section; empty for what is no plain file name.
std::string debug_link_name(std::span<const std::uint8_t> section);

}  // namespace picket::stacktrace
