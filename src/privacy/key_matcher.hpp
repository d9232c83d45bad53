#pragma once

// A `KeyMatcher` knows which names promise a secret: `password`, `X-Api-Key`, `accessToken`,
// `DB_PASS`. A name is split into words at `-`, `_`, other marks, `%HH` and changes of letter case,
// so that `author` and `tokenizer` are let through. `Scrubber` asks it about members of objects,
// `TextScan` about names before `=` and `:` in texts.

#include "picket/privacy.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace picket::privacy {

inline constexpr std::string_view kFiltered = "[Filtered]";

/// In an object every kind but `none` is filtered. Texts are read by people as well: there
/// "unexpected token: 5" is no secret, and an `Authorization:` goes on to the end of its line.
enum class KeyKind : unsigned char {
  none,
  vague,   // one common word, such as `token` or `session`
  secret,  // says by itself that a secret follows
  header,  // the value is all that follows: `Authorization`, `Cookie`
};

/// Threads: immutable; any.
class KeyMatcher {
 public:
  /// Longer keys are judged by their last bytes; that is where a name says what it is.
  static constexpr std::size_t kMaxKeyBytes = 128;

  explicit KeyMatcher(const ScrubOptions& options = {});

  /// Costs a look at each letter for most keys. Spec: S14.3.
  [[nodiscard]] KeyKind classify(std::string_view key) const noexcept;

  [[nodiscard]] bool is_sensitive(std::string_view key) const noexcept {
    return classify(key) != KeyKind::none;
  }

 private:
  struct Extra {
    std::string joined{};  // lower case, without anything between the words
    std::uint32_t letters = 0;
  };

  [[nodiscard]] bool is_candidate(std::uint32_t letters) const noexcept;
  [[nodiscard]] bool is_allowed(std::string_view key) const noexcept;

  std::vector<Extra> extra_;
  std::vector<std::string> allowed_;
};

}  // namespace picket::privacy
