#pragma once

// The names under which a server files the debug information of an ELF module.

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace picket::stacktrace {

/// How much of `.text` stands in for a missing build id.
inline constexpr std::size_t kTextHead = 4096;

/// The dashed id for a build id of any length.
/// Spec: P3.15 rules 2 and 3.
std::string debug_id(std::span<const std::uint8_t> build_id);

/// The dashed id of a module without a build id, from the first `kTextHead` bytes of its `.text`.
/// Spec: P3.15 rule 4.
std::string debug_id_of_text(std::span<const std::uint8_t> text);

/// The whole build id in hex.
std::string code_id(std::span<const std::uint8_t> build_id);

}  // namespace picket::stacktrace
