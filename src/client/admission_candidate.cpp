#include "client/admission_candidate.hpp"

#include <functional>

namespace picket::client {

std::uint64_t hash_of_type(const Candidate& candidate) noexcept {
  const auto hash = std::hash<std::string_view>();
  if (candidate.type != nullptr) return hash(candidate.type->name());
  const Exception* const made = candidate.outermost();
  return made == nullptr ? 0 : join_hashes(hash(made->module), hash(made->type));
}

std::uint64_t hash_of_site(const SourceLocation& location) noexcept {
  const std::string_view file = location.file == nullptr ? "" : location.file;
  return join_hashes(std::hash<std::string_view>()(file), location.line);
}

}  // namespace picket::client
