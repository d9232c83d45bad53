#pragma once

// A `Tag` is what a key and a value become before they enter a scope: text, cleaned. What is clean
// already, which is nearly all, is only looked at and never copied.

#include "picket/value.hpp"

#include <array>
#include <string>
#include <string_view>

namespace picket::scope {

/// Lifetime: as long as the texts it was made from.
class Tag {
 public:
  Tag(std::string_view key, const ValueRef& value);
  Tag(const Tag&) = delete;
  Tag& operator=(const Tag&) = delete;

  [[nodiscard]] std::string_view key() const noexcept { return key_; }
  [[nodiscard]] std::string_view value() const noexcept { return value_; }

  /// True if the tag says nothing, so that it is left out. Spec: P3.3.
  [[nodiscard]] bool is_empty() const noexcept { return key_.empty() || value_.empty(); }

 private:
  void take_text(const ValueRef& value);

  std::string_view key_{};
  std::string_view value_{};
  std::array<char, 32> number_{};
  std::string key_storage_{};
  std::string value_storage_{};
};

/// The key under which a tag is kept; `storage` holds it if it had to be changed.
std::string_view tag_key(std::string_view key, std::string& storage);

}  // namespace picket::scope
