#pragma once

// The small text formats of the protocol, as questions: ids, addresses, time stamps, names.
// Used by the checks of this folder.

#include <optional>
#include <string>
#include <string_view>

namespace picket::ingest {

/// Exactly `digits` hex digits, any case, not all of them zero.
/// Spec: P0.1.
bool is_hex_id(std::string_view text, std::size_t digits);

/// The id in lower case: ids are written in lower case and read in any.
std::string lower_id(std::string_view id);
bool equal_ids(std::string_view a, std::string_view b);

/// 32 hex digits or the dashed form; all zeros is well formed.
/// Spec: P0.1.
bool is_uuid(std::string_view text);
bool is_nil_uuid(std::string_view text);

/// A dashed or plain UUID, with `-` and an age in hex after it at most.
/// Spec: P3.14, P3.15.
bool is_debug_id(std::string_view text);

/// `0x` and hex digits.
/// Spec: P3.12.
bool is_address(std::string_view text);

/// Seconds since 1970 of an RFC 3339 date and time; without a zone it is UTC.
/// Spec: P0.2.
std::optional<double> parse_rfc3339(std::string_view text);

/// Spec: P0.4 (`log` is read as `info`).
bool is_event_level(std::string_view text);
bool is_platform(std::string_view text);

/// Spec: P3.2-1.
bool is_release(std::string_view text);
bool is_environment(std::string_view text);

/// Spec: P3.3.
bool is_tag_key(std::string_view text);

/// A number as JSON writes it: `0.25`, `1`, `1e-05`, but not `.5` or `+1`.
/// Spec: P4.8.
bool is_json_number(std::string_view text);

/// `manual` or `auto`, then up to three names of letters, digits and `_`, each after a dot.
/// Spec: P4.14.
bool is_origin(std::string_view text);

/// Characters, not bytes, of UTF-8.
std::size_t utf8_length(std::string_view text);

}  // namespace picket::ingest
