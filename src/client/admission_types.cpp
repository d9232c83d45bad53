#include "client/admission_types.hpp"

#include "base/text.hpp"
#include "client/admission_candidate.hpp"
#include "stacktrace/demangle.hpp"

#include <algorithm>
#include <utility>

namespace picket::client {
namespace {

TypeKey key_of_bare(std::string_view name) noexcept {
  const TypeKey key = hash(name);
  return key == kNoType ? 1 : key;
}

}  // namespace

TypeKey type_key(std::string_view class_name) {
  const std::string_view name = base::trim(class_name);
  if (name.find_first_of("<(") != std::string_view::npos) {
    return key_of_bare(stacktrace::split_type_name(name).type);
  }
  const std::size_t end = name.find_last_of(":.");
  return key_of_bare(end == std::string_view::npos ? name : name.substr(end + 1));
}

TypeBook::Facts TypeBook::look_at(const std::type_info& type) const {
  const std::string demangled = stacktrace::demangle(type.name());
  const auto name = stacktrace::split_type_name(stacktrace::unwrap_nested(demangled));
  const std::string full = name.module.empty() ? name.type : name.module + "::" + name.type;
  const auto is_named = [&](const std::string& entry) {
    return base::matches_entry(name.type, entry) || base::matches_entry(full, entry);
  };
  return {.key = key_of_bare(name.type),
          .is_ignored = std::any_of(ignored_.begin(), ignored_.end(), is_named)};
}

TypeBook::Facts TypeBook::of(const std::type_info& type) {
  const std::uint64_t mangled = hash(type.name());
  {
    const std::lock_guard lock(mutex_);
    if (const Facts* const known = known_.find(mangled)) return *known;
  }
  const Facts facts = look_at(type);
  const std::lock_guard lock(mutex_);
  known_.use(mangled) = facts;
  return facts;
}

}  // namespace picket::client
