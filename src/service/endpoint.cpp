#include "service/endpoint.hpp"

namespace picket::service {

BareEndpoint bare_endpoint(std::string_view endpoint) noexcept {
  endpoint = endpoint.substr(0, endpoint.find_first_of("?#"));
  const std::size_t colon = endpoint.find("://");
  if (colon == std::string_view::npos) return {.scheme = {}, .rest = endpoint};
  const std::string_view scheme = endpoint.substr(0, colon + 3);
  std::string_view rest = endpoint.substr(colon + 3);
  const std::size_t at = rest.substr(0, rest.find('/')).rfind('@');
  if (at != std::string_view::npos) rest.remove_prefix(at + 1);
  return {.scheme = scheme, .rest = rest};
}

}  // namespace picket::service
