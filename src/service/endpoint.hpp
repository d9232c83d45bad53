#pragma once

// Addresses of other services, as they may stand in tags.

#include <string_view>

namespace picket::service {

/// `endpoint` without user, password, query string and fragment; scheme, host and path stay as two
/// views that belong together.
struct BareEndpoint {
  std::string_view scheme{};  // with `://`; empty for a path
  std::string_view rest{};    // host and path
};

BareEndpoint bare_endpoint(std::string_view endpoint) noexcept;

}  // namespace picket::service
