#pragma once

// `TextScan` finds the secrets in a text, from front to back: user and password of URLs, what
// stands behind the name of a secret, bearer tokens, authorization values. It is one pass: whatever
// looks ahead or back either ends in a hit, which is never read again, or remembers what it saw, so
// that the work is linear in the text, hostile or not. The `Meter` counts the characters that are
// looked at; tests hold it against the length. `text_scrub.hpp` is what the library calls.
//
// Where a text can be read in two ways, more is masked rather than less.

#include "privacy/key_matcher.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace picket::privacy {

/// Costs nothing.
struct NoMeter {
  static constexpr void visit(std::size_t) noexcept {}
};

/// A part of the text, and what is to stand in its place.
struct Hit {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view mask = kFiltered;
};

template <class Meter = NoMeter>
class TextScan {
 public:
  /// Lifetime: borrows all three.
  TextScan(std::string_view text, const KeyMatcher& keys, Meter& meter) noexcept
      : text_(text), keys_(keys), meter_(meter) {}

  /// The next secret; they do not overlap. One that is masked already is found again.
  std::optional<Hit> next() noexcept {
    for (at_ = find_mark(at_); at_ < text_.size(); at_ = find_mark(at_)) {
      const auto hit = look_at(at_++);
      if (!hit) continue;
      at_ = floor_ = hit->end;
      return hit;
    }
    return std::nullopt;
  }

 private:
  static constexpr std::size_t kNowhere = std::string_view::npos;

  /// With a user, without one, of a user alone.
  static constexpr std::array<std::string_view, 3> kUserMasks{"[Filtered]:[Filtered]",
                                                              ":[Filtered]", kFiltered};

  struct Key {
    std::string_view name{};
    bool is_quoted = false;
    char quote_before = '\0';  // of a quoted line such as 'Authorization: …'
  };

  /// Where a search for '@' ended, and the last one before that.
  struct LastAt {
    std::size_t end = 0;
    std::size_t at = kNowhere;
  };

  static bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }
  static bool is_quote(char c) noexcept { return c == '"' || c == '\''; }
  static bool is_line_end(char c) noexcept { return c == '\n' || c == '\r'; }
  static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
  static bool is_word(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }
  static bool is_key(char c) noexcept {
    return is_word(c) || c == '-' || c == '.' || c == '[' || c == ']' || c == '%';
  }
  static bool ends_word(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7F || c == '"' || c == '<' || c == '>' || c == '`';
  }
  static bool ends_host(char c) noexcept {
    return c == '/' || c == '?' || c == '#' || ends_word(c);
  }
  static bool is_mark(char c) noexcept { return c == ':' || c == '=' || (c | 0x20) == 'b'; }

  /// From `from` on, the first place where `stops(character)`; the end of the text if there is
  /// none.
  template <class Stops>
  std::size_t find(std::size_t from, Stops stops) const noexcept {
    std::size_t i = from;
    while (i < text_.size() && !stops(text_[i])) ++i;
    meter_.visit(i - from + 1);
    return i;
  }

  std::size_t skip_blanks(std::size_t from) const noexcept {
    return find(from, [](char c) { return !is_blank(c); });
  }

  bool is_masked(std::size_t at) const noexcept {
    return text_[at] == '[' && text_.substr(at, kFiltered.size()) == kFiltered;
  }

  bool has(std::size_t at, char c) const noexcept { return at < text_.size() && text_[at] == c; }

  bool has_ignoring_case(std::size_t at, std::string_view lower) const noexcept {
    if (text_.size() - std::min(at, text_.size()) < lower.size()) return false;
    for (std::size_t i = 0; i < lower.size(); ++i) {
      if ((text_[at + i] | 0x20) != lower[i]) return false;
    }
    return true;
  }

  /// Most texts hold no secret: eight characters at a time are asked for `:`, `=` and `b`.
  std::size_t find_mark(std::size_t from) const noexcept {
    constexpr std::uint64_t kOnes = 0x0101010101010101U;
    constexpr std::uint64_t kHighs = 0x8080808080808080U;
    const auto has_zero = [](std::uint64_t v) { return ((v - kOnes) & ~v & kHighs) != 0; };
    std::size_t i = from;
    for (; i + 8 <= text_.size(); i += 8) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, text_.data() + i, 8);
      if (has_zero(eight ^ (kOnes * ':')) || has_zero(eight ^ (kOnes * '=')) ||
          has_zero((eight | (kOnes * 0x20)) ^ (kOnes * 'b'))) {
        break;
      }
    }
    meter_.visit(i - from);
    return find(i, is_mark);
  }

  std::optional<Hit> look_at(std::size_t mark) noexcept {
    switch (text_[mark]) {
      case ':':
        if (text_.substr(mark + 1, 2) == "//") return url(mark + 3);
        if (text_.substr(mark + 1, 4) == "\\/\\/") return url(mark + 5);  // inside of JSON
        return after_colon(mark);
      case '=':
        return after_equals(mark);
      default:
        return bearer(mark);
    }
  }

  // --- URLs: scheme://user:password@host ---------------------------------------------------------

  std::optional<Hit> url(std::size_t begin) noexcept {
    for (const std::string_view mask : kUserMasks) {
      if (text_.substr(begin).starts_with(mask) && has(begin + mask.size(), '@')) {
        return Hit{begin, begin + mask.size(), mask};
      }
    }
    std::size_t at = kNowhere;
    std::size_t colon = kNowhere;
    std::size_t end = begin;
    for (; end < text_.size() && !ends_host(text_[end]) && !is_masked(end); ++end) {
      if (text_[end] == '@') at = end;
      if (text_[end] == ':' && colon == kNowhere) colon = end;
    }
    meter_.visit(end - begin + 1);
    if (at != kNowhere) return user_info(begin, at, colon, end);
    const bool is_address = has(begin, '[');
    if (colon == kNowhere || is_address || is_port(colon + 1, end)) return std::nullopt;
    return odd_password(begin, colon);
  }

  bool is_port(std::size_t begin, std::size_t end) const noexcept {
    for (std::size_t i = begin; i < end; ++i) {
      if (!is_digit(text_[i])) return false;
    }
    return true;
  }

  /// A password may hold `@` and `/`, though it should not: it goes on to the last `@` of the path.
  std::optional<Hit> user_info(std::size_t begin, std::size_t at, std::size_t colon,
                               std::size_t end) noexcept {
    if (colon > at) {
      if (at == begin) return std::nullopt;
      return Hit{begin, at};
    }
    const auto ends_path = [](char c) { return c == '?' || c == '#' || ends_word(c); };
    at = last_at(begin, path_, ends_path);
    if (at + 1 == end) at = last_at(begin, word_, ends_word);
    return Hit{begin, at, mask_of(begin, colon)};
  }

  /// `user:` without a host behind it: the password holds a `/`, `?` or `#`, or the text was cut
  /// short in the middle of it.
  std::optional<Hit> odd_password(std::size_t begin, std::size_t colon) noexcept {
    const std::size_t at = last_at(begin, word_, ends_word);
    if (at != kNowhere) return Hit{begin, at, mask_of(begin, colon)};
    if (word_.end != text_.size()) return std::nullopt;
    std::size_t end = text_.size();
    if (text_.ends_with("...")) end -= 3;
    if (colon + 1 >= end) return std::nullopt;
    return Hit{colon + 1, end};
  }

  static std::string_view mask_of(std::size_t begin, std::size_t colon) noexcept {
    return kUserMasks[colon == begin ? 1 : 0];
  }

  /// What was masked ends it: a second look must not find more than the first one.
  template <class Stops>
  std::size_t last_at(std::size_t from, LastAt& known, Stops stops) const noexcept {
    if (from >= known.end) {
      known = {from, kNowhere};
      for (std::size_t& i = known.end; i < text_.size() && !stops(text_[i]) && !is_masked(i); ++i) {
        if (text_[i] == '@') known.at = i;
      }
      meter_.visit(known.end - from + 1);
    }
    return known.at != kNowhere && known.at >= from ? known.at : kNowhere;
  }

  // --- Names and their values: name=value, "name": "value", Name: value --------------------------

  /// What is called by the name before `mark`. The search never goes behind the last hit, and not
  /// behind another mark, so no character is looked at for two marks.
  Key key_before(std::size_t mark) const noexcept {
    Key key;
    std::size_t end = mark;
    while (end > floor_ && is_blank(text_[end - 1])) --end;
    if (end > floor_ && is_quote(text_[end - 1])) {
      key.is_quoted = true;
      --end;
      while (end > floor_ && text_[end - 1] == '\\') --end;
    }
    std::size_t begin = back_over_name(end, key.is_quoted);
    if (has_ignoring_case(begin, "key") && end - begin == 3) {  // of "API key"
      std::size_t before = begin;
      while (before > floor_ && is_blank(text_[before - 1])) --before;
      begin = back_over_name(before, false);
    }
    meter_.visit(mark - begin + 1);
    key.name = text_.substr(begin, end - begin);
    if (begin > floor_ && is_quote(text_[begin - 1])) key.quote_before = text_[begin - 1];
    return key;
  }

  std::size_t back_over_name(std::size_t end, bool with_blanks) const noexcept {
    std::size_t begin = end;
    while (begin > floor_ && end - begin < KeyMatcher::kMaxKeyBytes &&
           (is_key(text_[begin - 1]) || (with_blanks && text_[begin - 1] == ' '))) {
      --begin;
    }
    return begin;
  }

  std::size_t value_begin(std::size_t mark) const noexcept {
    const std::size_t begin = find(mark + 1, [](char c) { return c != '=' && c != '>'; });
    return skip_blanks(begin);
  }

  std::optional<Hit> after_equals(std::size_t mark) noexcept {
    const Key key = key_before(mark);
    const KeyKind kind = keys_.classify(key.name);
    if (kind == KeyKind::none) return std::nullopt;
    const std::size_t begin = value_begin(mark);
    if (kind == KeyKind::header && !opens(begin)) {
      return hit(begin, find(begin, [](char c) { return c == '&' || is_line_end(c); }));
    }
    return value(begin, key.is_quoted);
  }

  std::optional<Hit> after_colon(std::size_t mark) noexcept {
    if (has(mark + 1, ':')) return std::nullopt;  // a C++ name
    const Key key = key_before(mark);
    const KeyKind kind = keys_.classify(key.name);
    if (kind == KeyKind::none) return std::nullopt;
    const std::size_t begin = value_begin(mark);
    if (key.is_quoted) return value(begin, true);
    if (kind == KeyKind::header) return line(begin, key.quote_before);
    if (kind == KeyKind::vague && scheme_at(begin) == 0) return std::nullopt;
    return value(begin, false);
  }

  std::optional<Hit> bearer(std::size_t mark) noexcept {
    if (!has_ignoring_case(mark, "bearer")) return std::nullopt;
    if (mark > 0 && is_word(text_[mark - 1])) return std::nullopt;
    const std::size_t end = mark + 6;
    std::size_t begin = skip_blanks(end);
    if (has(begin, '+')) ++begin;
    if (text_.substr(begin, 3) == "%20") begin += 3;
    if (begin == end || has(begin, '=') || has(begin, ':')) return std::nullopt;
    return value(begin, false);
  }

  static std::optional<Hit> hit(std::size_t begin, std::size_t end) noexcept {
    if (begin >= end) return std::nullopt;
    return Hit{begin, end};
  }

  /// True if a quoted value begins there.
  bool opens(std::size_t begin) const noexcept {
    const std::size_t i = find(begin, [](char c) { return c != '\\'; });
    return i < text_.size() && is_quote(text_[i]);
  }

  std::optional<Hit> value(std::size_t begin, bool is_json) noexcept {
    const std::size_t quote = find(begin, [](char c) { return c != '\\'; });
    if (quote < text_.size() && is_quote(text_[quote])) return quoted(quote + 1, quote - begin);
    std::size_t end = begin;
    if (has(begin, '[') || has(begin, '{')) {
      end = bracket_end(begin);
    }
    if (is_json) return hit(begin, find(end, ends_json));
    end = plain_end(end);
    if (scheme_at(begin) == end - begin) end = plain_end(skip_blanks(end));  // Basic …
    return hit(begin, end);
  }

  static bool ends_json(char c) noexcept {
    return c == ',' || c == '}' || c == ']' || ends_word(c);
  }

  /// The rest of the line, or of the quotes that it stands in.
  std::optional<Hit> line(std::size_t begin, char quote) noexcept {
    if (quote == '\0') return hit(begin, find(begin, is_line_end));
    bool is_escaped = false;
    return hit(begin, find(begin, [&](char c) {
                 const bool closes = c == quote && !is_escaped;
                 is_escaped = c == '\\' && !is_escaped;
                 return closes || is_line_end(c);
               }));
  }

  /// Up to the quote that closes, where quotes have `escapes` backslashes before them; JSON inside
  /// of JSON has one. A doubled quote is one of SQL and stands for itself. What is never closed
  /// goes to the end.
  std::optional<Hit> quoted(std::size_t begin, std::size_t escapes) noexcept {
    const char quote = text_[begin - 1];
    std::size_t backslashes = 0;
    std::size_t end = begin;
    for (; end < text_.size(); ++end) {
      if (text_[end] == quote) {
        const bool is_plain = escapes == 0 ? backslashes % 2 == 0 : backslashes <= escapes;
        const bool is_doubled = end > begin && has(end + 1, quote);
        if (is_plain && !is_doubled) break;
        if (is_plain) ++end;
      }
      backslashes = has(end, '\\') ? backslashes + 1 : 0;
    }
    end = std::min(end, text_.size());
    meter_.visit(end - begin + 1);
    const bool is_closed = end < text_.size();
    return hit(begin, is_closed && escapes > 0 ? end - backslashes : end);
  }

  /// Behind the bracket that closes the one at `begin`.
  std::size_t bracket_end(std::size_t begin) const noexcept {
    std::size_t depth = 0;
    bool in_text = false;
    bool is_escaped = false;
    bool is_done = false;
    return find(begin, [&](char c) {
      if (is_done) return true;
      if (c == '"' && !is_escaped) in_text = !in_text;
      is_escaped = c == '\\' && !is_escaped;
      if (in_text) return false;
      if (c == '[' || c == '{') ++depth;
      if (c == ']' || c == '}') is_done = --depth == 0;
      return false;
    });
  }

  /// A quote ends the value only where a word could not go on.
  std::size_t plain_end(std::size_t begin) const noexcept {
    std::size_t end = begin;
    while (true) {
      end = find(end, [](char c) { return c == '&' || c == ';' || c == '\'' || ends_word(c); });
      const bool is_inside = has(end, '\'') && end + 1 < text_.size() && is_word(text_[end + 1]);
      if (!is_inside) return end;
      ++end;
    }
  }

  /// The length of the name of a way to authorize, if something follows it.
  std::size_t scheme_at(std::size_t begin) const noexcept {
    constexpr std::array<std::string_view, 7> kSchemes{"basic", "bearer", "digest", "negotiate",
                                                       "ntlm",  "apikey", "token"};
    for (const std::string_view scheme : kSchemes) {
      const std::size_t end = begin + scheme.size();
      if (has_ignoring_case(begin, scheme) && end < text_.size() && is_blank(text_[end])) {
        return scheme.size();
      }
    }
    return 0;
  }

  std::string_view text_;
  const KeyMatcher& keys_;
  Meter& meter_;
  std::size_t at_ = 0;
  std::size_t floor_ = 0;  // the end of the last hit
  LastAt path_{};
  LastAt word_{};
};

}  // namespace picket::privacy
