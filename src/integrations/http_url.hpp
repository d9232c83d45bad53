#pragma once

// URLs as far as telling of a request needs them: what may be shown, and where it goes.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace picket::http {

/// The parts of a URL as they stand in it; those it lacks are empty.
/// Lifetime: as long as the text it was made from.
struct Url {
  std::string_view scheme{};
  bool has_credentials = false;
  std::string_view host{};  // IPv6 in brackets
  std::optional<std::uint16_t> port{};
  std::string_view path{};
  std::string_view query{};     // without `?`
  std::string_view fragment{};  // without `#`

  /// The port it names, else that of the scheme.
  [[nodiscard]] std::optional<std::uint16_t> effective_port() const noexcept;
};

/// Never fails: what is no URL is taken for a path or a host, and credentials are found in any
/// case. Without a scheme, text that does not begin with `/` begins with a host.
Url parse_url(std::string_view text) noexcept;

/// `scheme://host[:port]/path`, credentials as `[Filtered]:[Filtered]@`. Spec: P4.15, C105.
std::string shown(const Url& url);

/// True if a request to `url` goes to the server of `dsn`; false for no DSN. Spec: P4.11.
bool is_server_of(const Url& url, std::string_view dsn);

}  // namespace picket::http
