#include "http_scrub.hpp"

#include "http_text.hpp"
#include "picket/json.hpp"

#include <algorithm>
#include <array>

namespace picket::http {
namespace {

constexpr std::array<std::string_view, 17> kSecrets = {
    "auth", "token", "secret", "password", "passwd",  "pwd",         "key", "jwt",     "bearer",
    "sso",  "saml",  "csrf",   "xsrf",     "session", "credentials", "sid", "identity"};

// These tell who somebody is, or where.
constexpr std::array<std::string_view, 5> kClients = {"forwarded", "-ip", "remote-", "via",
                                                      "-user"};

template <class Terms>
bool has_any(std::string_view name, const Terms& terms) noexcept {
  return std::any_of(terms.begin(), terms.end(),
                     [&](std::string_view term) { return contains_ignoring_case(name, term); });
}

/// Appends `name=value` pairs as they stand, those of sensitive names without their value.
std::string scrub_pairs(std::string_view text, char separator, Privacy privacy) {
  std::string scrubbed;
  scrubbed.reserve(text.size());
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view pair = text.substr(0, end);
    const std::size_t equals = pair.find('=');
    const bool has_value = equals != std::string_view::npos;
    if (has_value && is_sensitive(pair.substr(0, equals), privacy)) {
      scrubbed.append(pair.substr(0, equals + 1)).append(kFiltered);
    } else {
      scrubbed += pair;
    }
    if (end == text.size()) return scrubbed;
    scrubbed += separator;
    text.remove_prefix(end + 1);
  }
}

void scrub_members(Value& value) {
  if (List* const list = value.as_list()) {
    for (Value& element : *list) scrub_members(element);
  }
  Object* const object = value.as_object();
  if (object == nullptr) return;
  for (Member& member : *object) {
    if (is_sensitive(member.key, Privacy::all)) {
      member.value = Value(kFiltered);
    } else {
      scrub_members(member.value);
    }
  }
}

}  // namespace

bool is_sensitive(std::string_view name, Privacy privacy) noexcept {
  return has_any(name, kSecrets) || (privacy == Privacy::strict && has_any(name, kClients));
}

std::string scrub_query(std::string_view query, Privacy privacy) {
  return scrub_pairs(query, '&', privacy);
}

std::string scrub_cookies(std::string_view cookies) {
  if (cookies.find('=') == std::string_view::npos) return std::string(kFiltered);
  return scrub_pairs(cookies, ';', Privacy::all);
}

Value scrub_body(std::string_view content_type, std::string_view body) {
  const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
  if (equals_ignoring_case(type, "application/x-www-form-urlencoded")) {
    return scrub_query(body, Privacy::all);
  }
  const bool is_json =
      equals_ignoring_case(type, "application/json") ||
      (type.size() > 5 && equals_ignoring_case(type.substr(type.size() - 5), "+json"));
  if (!is_json) return kFiltered;
  auto parsed = parse_json(body);
  if (!parsed) return kFiltered;
  scrub_members(*parsed);
  return std::move(*parsed);
}

}  // namespace picket::http
