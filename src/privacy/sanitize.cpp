// Takes keys out by hand, where scrubbing would leave them with a mask. Spec: S14.2, A21.

#include "base/text.hpp"
#include "picket/privacy.hpp"

#include <algorithm>
#include <utility>

namespace picket {
namespace {

bool is_named(std::string_view key, const SanitizeOptions& options) {
  return std::any_of(options.keys.begin(), options.keys.end(), [&](const std::string& name) {
    return options.ignore_case ? base::equals_ignoring_case(key, name) : key == name;
  });
}

Object without(const Object& object, const SanitizeOptions& options);

Value without(const Value& value, const SanitizeOptions& options) {
  if (const Object* const object = value.as_object()) return without(*object, options);
  const List* const list = value.as_list();
  if (list == nullptr) return value;
  List kept;
  kept.reserve(list->size());
  for (const Value& element : *list) kept.push_back(without(element, options));
  return kept;
}

Object without(const Object& object, const SanitizeOptions& options) {
  std::vector<Member> kept;
  kept.reserve(object.size());
  for (const Member& member : object) {
    if (is_named(member.key, options)) continue;
    kept.push_back({member.key, options.recursive ? without(member.value, options) : member.value});
  }
  return Object::from_members(std::move(kept));
}

}  // namespace

Object sanitize(const Object& object, const SanitizeOptions& options) {
  return without(object, options);
}

}  // namespace picket
