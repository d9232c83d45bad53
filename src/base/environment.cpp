#include "base/environment.hpp"

#include "base/text.hpp"

#include <cstdlib>

namespace picket::base {

std::optional<std::string> environment(const char* name) {
  const char* const raw = std::getenv(name);
  if (raw == nullptr) return std::nullopt;
  const std::string_view value = trim(raw);
  if (value.empty()) return std::nullopt;
  return std::string(value);
}

}  // namespace picket::base
