#pragma once

// A `Scrubber` masks secrets in values of the model, in place. What holds none is neither copied
// nor changed. The stage `client/scrub.cpp` takes it through an event.

#include "picket/privacy.hpp"
#include "picket/value.hpp"
#include "privacy/key_matcher.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace picket::privacy {

/// Every change answers whether there was one.
/// Errors:  throws what allocation throws; what was being scrubbed must not be sent then.
/// Threads: immutable; any.
/// Spec:    S14.3, S14.4.
class Scrubber {
 public:
  explicit Scrubber(const ScrubOptions& options = {});

  [[nodiscard]] bool is_enabled() const noexcept { return is_enabled_; }

  /// False with `ScrubOptions::enabled` off.
  [[nodiscard]] bool is_sensitive(std::string_view key) const noexcept {
    return is_enabled_ && keys_.is_sensitive(key);
  }

  /// Nothing when the text may stay as it is.
  [[nodiscard]] std::optional<std::string> masked(std::string_view text) const;
  bool scrub(std::string& text) const;
  bool scrub(std::optional<std::string>& text) const { return text && scrub(*text); }

  /// Members under sensitive names become `[Filtered]`, other texts are masked, at any depth.
  bool scrub(Value& value) const { return scrub(value, 0); }
  bool scrub(Object& object) const { return scrub(object, 0); }
  bool scrub(List& list) const { return scrub(list, 0); }

  /// The members of an object with a sensitive name that has to stay an object.
  bool filter_members(Object& object) const;

 private:
  bool scrub(Value& value, std::size_t depth) const;
  bool scrub(Object& object, std::size_t depth) const;
  bool scrub(List& list, std::size_t depth) const;

  KeyMatcher keys_;
  bool is_enabled_;
  bool has_texts_;
};

}  // namespace picket::privacy
