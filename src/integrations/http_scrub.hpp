#pragma once

// What of a request may be told: values are filtered by the names they go under, and the names
// stay.

#include "picket/value.hpp"

#include <string>
#include <string_view>

namespace picket::http {

inline constexpr std::string_view kFiltered = "[Filtered]";

/// `all`: the host allows personal data, so only secrets are filtered. Spec: P7.10 rule 1.
enum class Privacy : unsigned char { strict, all };

/// True if what goes under `name` is nobody's business. Spec: P7.10 rule 3, C167.
bool is_sensitive(std::string_view name, Privacy privacy) noexcept;

/// `a=1&token=[Filtered]`; also for forms.
std::string scrub_query(std::string_view query, Privacy privacy);

/// `theme=dark; session=[Filtered]`, filtered as a whole when it cannot be read.
/// Spec: P7.10 rule 4.
std::string scrub_cookies(std::string_view cookies);

/// JSON and forms filtered by key, other bodies as a whole.
Value scrub_body(std::string_view content_type, std::string_view body);

}  // namespace picket::http
