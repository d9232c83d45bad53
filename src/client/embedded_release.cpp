#include "client/embedded_release.hpp"

// Defined by the host's build or by nobody; no subprocess is started to find it out.
extern "C" [[gnu::weak, gnu::visibility("default")]] const char* picket_embedded_release() noexcept;

namespace picket::client {

std::string_view embedded_release() noexcept {
  if (picket_embedded_release == nullptr) return {};
  const char* const release = picket_embedded_release();
  return release == nullptr ? std::string_view{} : std::string_view(release);
}

}  // namespace picket::client
