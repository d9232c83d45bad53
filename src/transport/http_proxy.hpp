#pragma once

// Which proxy requests go through. The environment is read here, once, by the rules of libcurl:
// left to libcurl it would be read for every request, in the middle of whatever the host does to
// it.

#include "picket/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace picket::transport {

/// Both may be empty: no proxy, no exceptions.
struct ProxyChoice {
  std::string proxy{};
  std::string no_proxy{};  // hosts, with commas between

  friend bool operator==(const ProxyChoice&, const ProxyChoice&) = default;
};

using EnvironmentLookup = std::function<std::optional<std::string>(const char* name)>;

/// What the options say, and what they leave open from `<scheme>_proxy`, `all_proxy` and
/// `no_proxy`; all of them may be in upper case too, but for `http_proxy`, which a web server sets
/// from a header of its client. Errors: `Errc::unavailable` for a proxy of a kind that there is
/// not. Spec: P7.14.
Result<ProxyChoice> choose_proxy(std::string_view scheme, const ProxyChoice& options,
                                 const EnvironmentLookup& lookup);

/// The text with the names and passwords of its URLs masked, fit for a log.
std::string without_credentials(std::string_view text);

}  // namespace picket::transport
