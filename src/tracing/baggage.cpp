#include "tracing/baggage.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <optional>

namespace picket::tracing {
namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kPrefix = "sentry-";
constexpr std::size_t kUsualMembers = 10;  // all that the documents know
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

constexpr bool is_alphanumeric(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

constexpr bool is_unreserved(char c) noexcept {
  return is_alphanumeric(c) || c == '-' || c == '_' || c == '.' || c == '~';
}

constexpr bool is_control(char c) noexcept {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
}

// A `token` of RFC 9110. Keys are never encoded, so this is what one can be passed on as.
bool is_token(std::string_view key) noexcept {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return is_alphanumeric(c) || kMarks.find(c) != std::string_view::npos;
  });
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
  if (!is_token(member.key)) return std::nullopt;
  if (std::any_of(member.whole.begin(), member.whole.end(), is_control)) return std::nullopt;
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
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = base::hex_digit(text[i + 1]);
    const int low = base::hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::size_t encoded_size(std::string_view text) noexcept {
  std::size_t size = 0;
  for (const char c : text) size += is_unreserved(c) ? 1 : 3;
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

// Zero for what cannot be written at all.
std::size_t written_size(const Members::value_type& member) noexcept {
  const auto& [key, value] = member;
  if (!is_token(key) || value.empty()) return 0;
  const std::size_t size = kPrefix.size() + key.size() + 1 + encoded_size(value);
  return size > kMaxBaggageMemberBytes ? 0 : size;
}

// Which of our members a header has room for: of each rank those before an index.
struct Choice {
  std::size_t ends[3] = {};

  [[nodiscard]] bool has(const Members& members, std::size_t index) const noexcept {
    const auto rank = static_cast<std::size_t>(rank_of(members[index].first));
    return index < ends[rank] && written_size(members[index]) > 0;
  }
};

Choice choose(const Members& members, Room& room) noexcept {
  Choice choice;
  for (const Rank rank : {Rank::essential, Rank::other, Rank::transaction}) {
    std::size_t index = 0;
    for (; index < members.size(); ++index) {
      if (rank_of(members[index].first) != rank) continue;
      const std::size_t size = written_size(members[index]);
      if (size > 0 && !room.take(size)) break;
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
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHexDigits[byte >> 4U];
    out += kHexDigits[byte & 0x0FU];
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
