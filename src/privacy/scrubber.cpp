#include "privacy/scrubber.hpp"

#include "json/writer.hpp"
#include "privacy/text_scrub.hpp"

#include <utility>

namespace picket::privacy {
namespace {

/// True if the value was not filtered before. What is null tells nothing.
bool filter(Value& value) {
  if (value.is_null() || value.text_or({}) == kFiltered) return false;
  value = Value(kFiltered);
  return true;
}

}  // namespace

Scrubber::Scrubber(const ScrubOptions& options)
    : keys_(options), is_enabled_(options.enabled), has_texts_(options.enabled && options.texts) {}

std::optional<std::string> Scrubber::masked(std::string_view text) const {
  if (!has_texts_) return std::nullopt;
  return privacy::masked(text, keys_);
}

bool Scrubber::scrub(std::string& text) const {
  auto clean = masked(text);
  if (!clean) return false;
  text = *std::move(clean);
  return true;
}

bool Scrubber::scrub(Value& value, std::size_t depth) const {
  if (const std::string* const text = value.as_text()) {
    auto clean = masked(*text);
    if (!clean) return false;
    value = Value(*std::move(clean));
    return true;
  }
  List* const list = value.as_list();
  Object* const object = value.as_object();
  if (list == nullptr && object == nullptr) return false;
  // The writer leaves out what is that deep; this keeps our own stack out of danger.
  if (depth >= json::kMaxValueDepth) return is_enabled_ && filter(value);
  return list != nullptr ? scrub(*list, depth + 1) : scrub(*object, depth + 1);
}

bool Scrubber::scrub(Object& object, std::size_t depth) const {
  if (!is_enabled_) return false;
  bool is_changed = false;
  for (Member& member : object) {
    is_changed |=
        keys_.is_sensitive(member.key) ? filter(member.value) : scrub(member.value, depth);
  }
  return is_changed;
}

bool Scrubber::scrub(List& list, std::size_t depth) const {
  if (!is_enabled_) return false;
  bool is_changed = false;
  for (Value& value : list) is_changed |= scrub(value, depth);
  return is_changed;
}

bool Scrubber::filter_members(Object& object) const {
  bool is_changed = false;
  for (Member& member : object) is_changed |= filter(member.value);
  return is_changed;
}

}  // namespace picket::privacy
