#include "tracing/baggage.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace picket::tracing {
namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kPrefix = "sentry-";
constexpr std::size_t kUsualMembers = 10;  // all that the documents know
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

// What a byte may stand in.
enum Kind : unsigned char { unreserved = 1, token = 2, control = 4 };

constexpr std::array<unsigned char, 256> make_kinds() noexcept {
  std::array<unsigned char, 256> kinds{};
  const auto add = [&](std::string_view characters, unsigned char kind) {
    for (const char c : characters) kinds[static_cast<unsigned char>(c)] |= kind;
  };
  for (std::size_t c = 0; c < ' '; ++c) kinds[c] = control;
  kinds['\t'] = 0;
  kinds[0x7F] = control;
  add("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~", unreserved | token);
  add("!#$%&'*+^`|", token);  // RFC 9110
  return kinds;
}

constexpr std::array<unsigned char, 256> kKinds = make_kinds();

constexpr bool is(Kind kind, char c) noexcept {
  return (kKinds[static_cast<unsigned char>(c)] & kind) != 0;
}

// Keys are never encoded, so this is what one can be passed on as.
bool is_token(std::string_view key) noexcept {
  return !key.empty() &&
         std::all_of(key.begin(), key.end(), [](char c) { return is(Kind::token, c); });
}

bool has_control(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(), [](char c) { return is(Kind::control, c); });
}

// One `key=value;properties` of a header, blanks cut.
struct MemberView {
  std::string_view whole{};
  std::string_view key{};
  std::string_view value{};  // without the properties, still encoded

  [[nodiscard]] bool is_sentry() const noexcept { return key.starts_with(kPrefix); }
};

std::optional<MemberView> split_member(std::string_view text) noexcept {
  MemberView member{base::trim(text)};
  const std::size_t equals = member.whole.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  member.key = base::trim(member.whole.substr(0, equals));
  const std::string_view rest = member.whole.substr(equals + 1);
  member.value = base::trim(rest.substr(0, rest.find(';')));
  if (!is_token(member.key) || has_control(member.whole)) return std::nullopt;
  return member;
}

// Calls `visit` with each member that is well formed, in order.
template <class Visit>
void for_each_member(std::string_view baggage, Visit&& visit) {
  while (!baggage.empty()) {
    const std::size_t comma = baggage.find(',');
    if (const auto member = split_member(baggage.substr(0, comma))) visit(*member);
    baggage.remove_prefix(comma == std::string_view::npos ? baggage.size() : comma + 1);
  }
}

// Nothing when a `%` is not followed by two hex digits.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (;;) {
    const std::size_t percent = text.find('%');
    out.append(text.substr(0, percent));
    if (percent == std::string_view::npos) return out;
    text.remove_prefix(percent);
    if (text.size() < 3) return std::nullopt;
    const int high = base::hex_digit(text[1]);
    const int low = base::hex_digit(text[2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    text.remove_prefix(3);
  }
}

std::size_t encoded_size(std::string_view text) noexcept {
  std::size_t size = 0;
  for (const char c : text) size += is(Kind::unreserved, c) ? 1 : 3;
  return size;
}

// What is still free in a header.
class Room {
 public:
  // True if one more member of that size fits; then it is counted.
  bool take(std::size_t size) noexcept {
    const std::size_t with_comma = size + (members_ > 0 ? 1 : 0);
    if (size > kMaxBaggageMemberBytes || members_ == kMaxBaggageMembers) return false;
    if (bytes_ + with_comma > kMaxBaggageBytes) return false;
    bytes_ += with_comma;
    ++members_;
    return true;
  }

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  std::size_t bytes_ = 0;
  std::size_t members_ = 0;
};

// How long a member is kept when a header is full; the last is given up first.
enum class Rank : unsigned char { essential, other, transaction };

Rank rank_of(std::string_view key) noexcept {
  if (key == "transaction") return Rank::transaction;
  const bool is_essential = key == "trace_id" || key == "public_key" || key.starts_with("sample");
  return is_essential ? Rank::essential : Rank::other;
}

std::size_t size_around(std::string_view key) noexcept {  // `sentry-<key>=`
  return kPrefix.size() + key.size() + 1;
}

// Whether a header can say it at all. Most are so short that they need not be looked through.
bool is_writable(const Members::value_type& member) noexcept {
  const auto& [key, value] = member;
  if (!is_token(key) || value.empty()) return false;
  const std::size_t around = size_around(key);
  return around + 3 * value.size() <= kMaxBaggageMemberBytes ||
         around + encoded_size(value) <= kMaxBaggageMemberBytes;
}

// Which of our members a header has room for: of each rank those before an index.
struct Choice {
  std::size_t ends[3] = {};

  [[nodiscard]] bool has(const Members& members, std::size_t index) const noexcept {
    const auto rank = static_cast<std::size_t>(rank_of(members[index].first));
    return index < ends[rank] && is_writable(members[index]);
  }
};

Choice choose(const Members& members, Room& room) noexcept {
  Choice choice;
  for (const Rank rank : {Rank::essential, Rank::other, Rank::transaction}) {
    std::size_t index = 0;
    for (; index < members.size(); ++index) {
      if (rank_of(members[index].first) != rank) continue;
      if (!is_writable(members[index])) continue;
      const auto& [key, value] = members[index];
      if (!room.take(size_around(key) + encoded_size(value))) break;
    }
    choice.ends[static_cast<std::size_t>(rank)] = index;
    if (index < members.size()) break;  // what is less important has to leave before
  }
  return choice;
}

void append_comma(std::string& out) {
  if (!out.empty()) out += ',';
}

}  // namespace

Members parse_sentry_members(std::string_view baggage) {
  Members members;
  Room room;
  for_each_member(baggage, [&](const MemberView& view) {
    if (!view.is_sentry() || view.key.size() == kPrefix.size() || view.value.empty()) return;
    auto value = decoded(view.value);
    if (!value || !room.take(view.key.size() + 1 + view.value.size())) return;
    const std::string_view key = view.key.substr(kPrefix.size());
    const auto known = std::find_if(members.begin(), members.end(),
                                    [&](const auto& member) { return member.first == key; });
    if (known != members.end()) {
      known->second = std::move(*value);
    } else {
      if (members.empty()) members.reserve(kUsualMembers);
      members.emplace_back(key, std::move(*value));
    }
  });
  return members;
}

std::string foreign_members(std::string_view baggage) {
  std::string out;
  for_each_member(baggage, [&](const MemberView& view) {
    if (view.is_sentry()) return;
    append_comma(out);
    out.append(view.whole);
  });
  return out;
}

void append_encoded(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto odd =
        std::find_if_not(text.begin(), text.end(), [](char c) { return is(Kind::unreserved, c); });
    const auto plain = static_cast<std::size_t>(odd - text.begin());
    out.append(text.substr(0, plain));
    if (plain == text.size()) return;
    const auto byte = static_cast<unsigned char>(text[plain]);
    const char encoded[] = {'%', kHexDigits[byte >> 4U], kHexDigits[byte & 0x0FU]};
    out.append(encoded, sizeof encoded);
    text.remove_prefix(plain + 1);
  }
}

std::string to_baggage(const Members& members, std::string_view existing) {
  Room room;
  for_each_member(existing, [&](const MemberView& view) {
    if (!view.is_sentry()) room.take(view.whole.size());
  });
  const Choice choice = choose(members, room);
  std::string out;
  out.reserve(room.bytes());
  Room again;  // decides on the foreign members as it did before
  for_each_member(existing, [&](const MemberView& view) {
    if (view.is_sentry() || !again.take(view.whole.size())) return;
    append_comma(out);
    out.append(view.whole);
  });
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!choice.has(members, i)) continue;
    append_comma(out);
    out.append(kPrefix).append(members[i].first) += '=';
    append_encoded(out, members[i].second);
  }
  return out;
}

}  // namespace picket::tracing
