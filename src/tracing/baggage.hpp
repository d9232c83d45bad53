#pragma once

// The W3C header `baggage`: key/value members, some of them Sentry's, the others somebody else's.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket::tracing {

inline constexpr std::size_t kMaxBaggageBytes = 8192;        // P4.9
inline constexpr std::size_t kMaxBaggageMembers = 64;        // P4.9
inline constexpr std::size_t kMaxBaggageMemberBytes = 4096;  // P4.9

/// The `sentry-` members without their prefix, values decoded (`%HH`, never `+`), in order; of
/// equal keys the last one wins. Members that are malformed, have no value or go beyond the limits
/// are passed over, and so are properties behind a `;`. Keys are kept as they stand.
/// Spec: P4.9.
std::vector<std::pair<std::string, std::string>> parse_sentry_members(std::string_view baggage);

/// All but the `sentry-` members, as they stand, joined by commas; malformed ones are left out.
std::string foreign_members(std::string_view baggage);

/// Appends `text` with everything outside `A-Za-z0-9-_.~` as `%HH`.
void append_encoded(std::string& out, std::string_view text);

/// `sentry-<key>=<value>` for each member, behind the foreign ones of `existing`. Within the limits
/// of the header: what is another's stays, then `trace_id`, `public_key` and `sample_*`; the others
/// are left out from the end, `transaction` first. Spec: P4.9.
std::string to_baggage(const std::vector<std::pair<std::string, std::string>>& members,
                       std::string_view existing = {});

}  // namespace picket::tracing
