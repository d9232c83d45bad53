#include "privacy/key_matcher.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace picket::privacy {
namespace {

constexpr bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr char to_lower(char c) noexcept { return is_upper(c) ? static_cast<char>(c | 0x20) : c; }

/// One bit for each letter that occurs: what lacks a letter of a term does not hold the term.
constexpr std::uint32_t letters_of(std::string_view text) noexcept {
  std::uint32_t letters = 0;
  for (const char c : text) {
    const auto letter = static_cast<unsigned char>((c | 0x20) - 'a');
    if (letter < 26) letters |= 1U << letter;
  }
  return letters;
}

struct Term {
  enum class Place : unsigned char {
    anywhere,  // in the words put together
    at_end,    // of a word, before digits and a plural
    word,      // a whole word
  };

  std::string_view text;
  Place place;
  KeyKind kind;
  std::uint32_t letters = letters_of(text);
};

using enum Term::Place;
using enum KeyKind;

// What the words put together say; `api_key`, `apiKey` and `api key` are `apikey` here. Spec:
// S14.3.
constexpr std::array kTerms{
    Term{"password", anywhere, secret},
    Term{"passwd", anywhere, secret},
    Term{"passphrase", anywhere, secret},
    Term{"passcode", anywhere, secret},
    Term{"apikey", anywhere, secret},
    Term{"privatekey", anywhere, secret},
    Term{"accesskey", anywhere, secret},
    Term{"secretkey", anywhere, secret},
    Term{"signingkey", anywhere, secret},
    Term{"encryptionkey", anywhere, secret},
    Term{"sentrykey", anywhere, secret},
    Term{"amzsignature", anywhere, secret},
    Term{"credential", anywhere, secret},
    Term{"csrf", anywhere, secret},
    Term{"xsrf", anywhere, secret},
    Term{"sessionid", anywhere, secret},
    Term{"sessid", anywhere, secret},
    Term{"authorization", anywhere, header},
    Term{"authorisation", anywhere, header},
    Term{"secret", at_end, secret},
    Term{"token", at_end, vague},
    Term{"auth", at_end, vague},
    Term{"session", at_end, vague},
    Term{"cookie", at_end, vague},
    Term{"pwd", at_end, secret},
    Term{"jwt", word, secret},
    Term{"bearer", word, secret},
    Term{"pass", word, vague},
    Term{"sid", word, vague},
    Term{"otp", word, vague},
};

/// Rounded up, so that vectors of the machine divide it; no name has the bits of the rest.
constexpr auto kTermLetters = [] {
  std::array<std::uint32_t, (kTerms.size() + 7) / 8 * 8> letters{};
  letters.fill(~std::uint32_t{0});
  for (std::size_t i = 0; i < kTerms.size(); ++i) letters[i] = kTerms[i].letters;
  return letters;
}();

/// A key as lower-case words, and all of them put together.
class Words {
 public:
  explicit Words(std::string_view key) noexcept {
    for (std::size_t i = 0; i < key.size(); ++i) {
      const char c = key[i];
      if (c == '%' && is_escape(key.substr(i))) {
        i += 2;
        is_due_ = true;
      } else if (is_lower(c) || is_upper(c) || is_digit(c)) {
        if (is_upper(c) && begins_word(key, i)) is_due_ = true;
        if (is_due_) starts_[count_++] = static_cast<std::uint8_t>(size_);
        is_due_ = false;
        joined_[size_++] = to_lower(c);
      } else {
        is_due_ = true;
      }
    }
  }

  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::string_view joined() const noexcept { return {joined_.data(), size_}; }
  [[nodiscard]] std::string_view word(std::size_t index) const noexcept {
    const std::size_t end = index + 1 < count_ ? starts_[index + 1] : size_;
    return joined().substr(starts_[index], end - starts_[index]);
  }

  /// True if some words in a row, put together, are `text`.
  [[nodiscard]] bool has_run(std::string_view text) const noexcept {
    for (std::size_t i = 0; i < count_; ++i) {
      if (!joined().substr(starts_[i]).starts_with(text)) continue;
      const std::size_t end = starts_[i] + text.size();
      const auto* const last = starts_.data() + count_;
      if (end == size_ || std::find(starts_.data(), last, end) != last) return true;
    }
    return false;
  }

 private:
  static bool is_escape(std::string_view text) noexcept {
    return text.size() > 2 && base::hex_digit(text[1]) >= 0 && base::hex_digit(text[2]) >= 0;
  }

  // `accessToken`, and the `K` of `APIKey`.
  static bool begins_word(std::string_view key, std::size_t i) noexcept {
    if (i == 0) return true;
    const bool before_lower = i + 1 < key.size() && is_lower(key[i + 1]);
    return is_lower(key[i - 1]) || is_digit(key[i - 1]) || (is_upper(key[i - 1]) && before_lower);
  }

  std::array<char, KeyMatcher::kMaxKeyBytes> joined_;
  std::array<std::uint8_t, KeyMatcher::kMaxKeyBytes> starts_;
  std::size_t size_ = 0;
  std::size_t count_ = 0;
  bool is_due_ = true;  // the next character starts a word
};

bool ends_with_term(std::string_view word, std::string_view term) noexcept {
  while (!word.empty() && is_digit(word.back())) word.remove_suffix(1);
  if (word.ends_with(term)) return true;
  return word.ends_with('s') && word.substr(0, word.size() - 1).ends_with(term);
}

bool has_term(const Words& words, const Term& term) noexcept {
  if (term.place == anywhere) return words.joined().find(term.text) != std::string_view::npos;
  for (std::size_t i = 0; i < words.count(); ++i) {
    const std::string_view part = words.word(i);
    if (part == term.text || (term.place == at_end && ends_with_term(part, term.text))) return true;
  }
  return false;
}

/// What a term means in this company: `X-Auth-Token` is no common word any more.
KeyKind kind_among(const Words& words, const Term& term) noexcept {
  if (term.kind != vague) return term.kind;
  const bool is_cookie = term.text == "cookie";
  if (is_cookie && (words.joined() == "cookie" || words.joined() == "setcookie")) return header;
  if (words.count() < 2) return vague;
  return term.text == "auth" ? header : secret;
}

std::string_view judged_part(std::string_view key) noexcept {
  return key.substr(key.size() - std::min(key.size(), KeyMatcher::kMaxKeyBytes));
}

}  // namespace

KeyMatcher::KeyMatcher(const ScrubOptions& options) : allowed_(options.allowed_keys) {
  for (const std::string& key : options.extra_keys) {
    const std::string joined(Words(judged_part(key)).joined());
    if (!joined.empty()) extra_.push_back({joined, letters_of(joined)});
  }
}

bool KeyMatcher::is_candidate(std::uint32_t letters) const noexcept {
  // Without a way out in the middle it takes a few instructions for all terms together.
  unsigned candidates = 0;
  for (const std::uint32_t term : kTermLetters) candidates += (term & ~letters) == 0 ? 1U : 0U;
  return candidates > 0 || std::any_of(extra_.begin(), extra_.end(), [&](const Extra& extra) {
           return (extra.letters & ~letters) == 0;
         });
}

bool KeyMatcher::is_allowed(std::string_view key) const noexcept {
  return std::any_of(allowed_.begin(), allowed_.end(), [&](const std::string& allowed) {
    return base::equals_ignoring_case(key, allowed);
  });
}

KeyKind KeyMatcher::classify(std::string_view key) const noexcept {
  const std::string_view part = judged_part(key);
  const std::uint32_t letters = letters_of(part);
  if (!is_candidate(letters)) return none;
  const Words words(part);
  KeyKind found = none;
  for (const Term& term : kTerms) {
    if ((term.letters & ~letters) != 0 || !has_term(words, term)) continue;
    found = std::max(found, kind_among(words, term));
  }
  const bool is_extra = std::any_of(extra_.begin(), extra_.end(), [&](const Extra& extra) {
    return words.has_run(extra.joined);
  });
  if (is_extra) found = std::max(found, secret);
  return found != none && is_allowed(key) ? none : found;
}

}  // namespace picket::privacy
