#include "scope/tag.hpp"

#include "base/diagnostics.hpp"
#include "base/fork.hpp"
#include "base/guarded.hpp"
#include "base/never_destroyed.hpp"
#include "picket/json.hpp"
#include "protocol/trim.hpp"

#include <algorithm>
#include <charconv>
#include <type_traits>
#include <variant>
#include <vector>

namespace picket::scope {
namespace {

constexpr std::size_t kMaxReportedKeys = 64;

constexpr bool is_key_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == ':' || c == '-';
}

// Within the limit of both, in bytes as well as in characters. Spec: P3.3
constexpr std::size_t kSurelyShort = 200;

// These two may say no to a text that `protocol` would not change, never yes to one that it would.
bool is_surely_clean_key(std::string_view key) noexcept {
  return key.size() <= kSurelyShort && std::all_of(key.begin(), key.end(), is_key_character);
}

bool is_surely_clean_value(std::string_view value) noexcept {
  if (value.empty()) return true;
  return value.size() <= kSurelyShort && value.front() != ' ' && value.back() != ' ' &&
         std::all_of(value.begin(), value.end(), [](char c) {
           return static_cast<unsigned char>(c) >= 0x20U && static_cast<unsigned char>(c) < 0x7FU;
         });
}

using Keys = std::vector<std::string>;

constinit base::NeverDestroyed<
    base::Guarded<Keys, base::StaticMutex<base::StaticLock::reported_tags>>>
    reported;

// A host that sets a tag per request wants to hear once that it is changed. Spec: S5.7.
bool is_first_report(std::string_view key) {
  return (*reported).with([key](Keys& keys) {
    if (keys.size() == kMaxReportedKeys) return false;
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) return false;
    keys.emplace_back(key);
    return true;
  });
}

void report_change(std::string_view what, std::string_view key, std::string_view cleaned) {
  if (!diag::hears(Level::debug) || !is_first_report(key)) return;
  diag::debug("the {} of tag '{}' breaks the rules for tags, it is sent as '{}'", what, key,
              cleaned);
}

}  // namespace

std::string_view tag_key(std::string_view key, std::string& storage) {
  if (is_surely_clean_key(key)) return key;
  storage = protocol::clean_tag_key(key);
  return storage;
}

Tag::Tag(std::string_view key, const ValueRef& value) {
  key_ = tag_key(key, key_storage_);
  if (key_ != key) report_change("key", key, key_);
  take_text(value);
  if (is_surely_clean_value(value_)) return;
  std::string cleaned = protocol::clean_tag_value(value_);
  if (cleaned != value_) report_change("value", key_, cleaned);
  value_storage_ = std::move(cleaned);
  value_ = value_storage_;
}

void Tag::take_text(const ValueRef& value) {
  const auto take = [this](const auto& self, const auto& what) -> void {
    using T = std::remove_cvref_t<decltype(what)>;
    if constexpr (std::is_same_v<T, bool>) {
      value_ = what ? "true" : "false";
    } else if constexpr (std::is_arithmetic_v<T>) {
      const auto end = std::to_chars(number_.data(), number_.data() + number_.size(), what).ptr;
      value_ = {number_.data(), static_cast<std::size_t>(end - number_.data())};
    } else if constexpr (std::is_same_v<T, std::string_view> || std::is_same_v<T, std::string>) {
      value_ = what;
    } else if constexpr (std::is_same_v<T, const Value*>) {
      std::visit([&](const auto& inner) { self(self, inner); }, what->storage());
    } else if constexpr (std::is_same_v<T, const List*> || std::is_same_v<T, const Object*>) {
      self(self, *what);
    } else if constexpr (std::is_same_v<T, List> || std::is_same_v<T, Object>) {
      value_storage_ = to_json(Value(what));
      value_ = value_storage_;
    }
  };
  std::visit([&](const auto& what) { take(take, what); }, value.storage());
}

}  // namespace picket::scope
