// Whatever is written, in any nesting and with any bytes, our reader reads the same back: texts as
// they were when they are UTF-8, else with U+FFFD for each maximal part that no text can hold.
// The input is a program of one-letter steps, see `Steps`.

#include "fuzz.hpp"

#include "json/reader.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

using picket::fuzz::require;

namespace {

using picket::List;
using picket::Member;
using picket::Object;
using picket::Value;
using picket::json::Writer;

struct Range {
  unsigned char least = 0, most = 0;
};
struct WellFormed {
  std::size_t length;
  std::array<Range, 4> bytes;
};

// The well-formed sequences, as the Unicode standard lists them in its table 3-7.
constexpr WellFormed kWellFormed[] = {
    {1, {{{0x00, 0x7F}}}},
    {2, {{{0xC2, 0xDF}, {0x80, 0xBF}}}},
    {3, {{{0xE0, 0xE0}, {0xA0, 0xBF}, {0x80, 0xBF}}}},
    {3, {{{0xE1, 0xEC}, {0x80, 0xBF}, {0x80, 0xBF}}}},
    {3, {{{0xED, 0xED}, {0x80, 0x9F}, {0x80, 0xBF}}}},
    {3, {{{0xEE, 0xEF}, {0x80, 0xBF}, {0x80, 0xBF}}}},
    {4, {{{0xF0, 0xF0}, {0x90, 0xBF}, {0x80, 0xBF}, {0x80, 0xBF}}}},
    {4, {{{0xF1, 0xF3}, {0x80, 0xBF}, {0x80, 0xBF}, {0x80, 0xBF}}}},
    {4, {{{0xF4, 0xF4}, {0x80, 0x8F}, {0x80, 0xBF}, {0x80, 0xBF}}}},
};

std::size_t matching_bytes(const WellFormed& row, std::string_view text) {
  std::size_t count = 0;
  while (count < row.length && count < text.size()) {
    const auto byte = static_cast<unsigned char>(text[count]);
    if (byte < row.bytes[count].least || byte > row.bytes[count].most) break;
    ++count;
  }
  return count;
}

std::string repaired(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t longest = 1;
    bool is_whole = false;
    for (const WellFormed& row : kWellFormed) {
      const std::size_t count = matching_bytes(row, text);
      longest = std::max(longest, count);
      is_whole = is_whole || count == row.length;
    }
    out += is_whole ? text.substr(0, longest) : "\xEF\xBF\xBD";
    text.remove_prefix(longest);
  }
  return out;
}

/// Follows the steps twice, through the writer and by building the value that must come back.
///   { [ ] }   begin and end (of either kind); the whole is inside one array
///   n t f     null and the flags         i u d h  a number or address in the next eight bytes
///   sX…X      text up to the next X      mX…X     a member that is left out when it is empty
///   r         JSON written before        kX…X     the next key; without it the key is empty
class Steps {
 public:
  explicit Steps(std::string_view input) : input_(input) {
    writer_.begin_array();
    open_.push_back({false, {}});
    while (!input_.empty()) step();
    while (open_.size() > 1 || silent_ > 0) end();
    writer_.end_array();
  }

  [[nodiscard]] const std::string& json() const { return json_; }
  [[nodiscard]] Value take_expected() { return finished(std::move(open_.front())); }

 private:
  struct Container {
    bool is_object;
    std::vector<Member> members;
  };

  static Value finished(Container container) {
    if (container.is_object) return Object::from_members(std::move(container.members));
    List list;
    for (Member& member : container.members) list.push_back(std::move(member.value));
    return list;
  }

  void step() {
    const char letter = input_.front();
    input_.remove_prefix(1);
    switch (letter) {
      case '{':
      case '[':
        return begin(letter == '{');
      case '}':
      case ']':
        return end();
      case 'n':
        return add(nullptr, [&] { writer_.null(); });
      case 't':
      case 'f':
        return add(letter == 't', [&] { writer_.boolean(letter == 't'); });
      case 'i':
      case 'u':
      case 'd':
      case 'h':
        return add_number(letter);
      case 's':
        return add_text(take_text());
      case 'm':
        return add_member(take_text());
      case 'r':
        return add(List{Value(1), Value(Object{})}, [&] { writer_.raw("[1,{}]"); });
      case 'k':
        key_ = take_text();
        return;
      default:
        return;
    }
  }

  std::string take_text() {
    if (input_.empty()) return {};
    const char border = input_.front();
    input_.remove_prefix(1);
    const std::size_t end = input_.find(border);
    std::string text(input_.substr(0, end));
    input_.remove_prefix(end == std::string_view::npos ? input_.size() : end + 1);
    return text;
  }

  template <class T>
  T take() {
    T value{};
    const std::size_t size = std::min(sizeof value, input_.size());
    std::memcpy(&value, input_.data(), size);
    input_.remove_prefix(size);
    return value;
  }

  template <class Write>
  void add(Value expected, Write write) {
    std::string key = std::exchange(key_, {});
    Container& inner = open_.back();
    if (inner.is_object) writer_.key(key);
    write();
    if (silent_ == 0) inner.members.push_back({repaired(key), std::move(expected)});
  }

  void add_text(const std::string& text) {
    add(repaired(text), [&] { writer_.text(text); });
  }

  void add_member(const std::string& text) {
    if (silent_ > 0 || !open_.back().is_object) return;
    const std::string key = std::exchange(key_, {});
    writer_.member(key, text);
    if (!text.empty()) open_.back().members.push_back({repaired(key), repaired(text)});
  }

  void add_number(char letter) {
    if (letter == 'i') {
      const auto number = take<std::int64_t>();
      return add(number, [&] { writer_.number(number); });
    }
    if (letter == 'd') {
      const auto number = take<double>();
      return add(std::isfinite(number) ? Value(number) : Value(), [&] { writer_.number(number); });
    }
    const auto number = take<std::uint64_t>();
    if (letter == 'h') {
      char address[19];
      std::snprintf(address, sizeof address, "0x%llx", static_cast<unsigned long long>(number));
      return add(address, [&] { writer_.hex_address(number); });
    }
    const bool is_exact = number < (std::uint64_t{1} << 53);  // for those who read doubles
    add(is_exact ? Value(number) : Value(std::to_string(number)), [&] { writer_.number(number); });
  }

  void begin(bool is_object) {
    const auto write = [&] { is_object ? writer_.begin_object() : writer_.begin_array(); };
    if (silent_ > 0 || open_.size() == Writer::kMaxDepth) {
      add(nullptr, write);  // too deep: null, and what follows inside is lost
      ++silent_;
    } else {
      const std::string key = std::exchange(key_, {});
      if (open_.back().is_object) writer_.key(key);
      write();
      open_.back().members.push_back({repaired(key), {}});
      open_.push_back({is_object, {}});
    }
  }

  void end() {
    if (silent_ > 0) {
      writer_.end_object();  // of which kind is not looked at there
      --silent_;
    } else if (open_.size() > 1) {
      open_.back().is_object ? writer_.end_object() : writer_.end_array();
      Value whole = finished(std::move(open_.back()));
      open_.pop_back();
      open_.back().members.back().value = std::move(whole);
    }
  }

  std::string_view input_;
  std::string json_;
  Writer writer_{json_};
  std::vector<Container> open_;
  std::size_t silent_ = 0;  // containers that were too deep
  std::string key_;
};

void check_text(std::string_view bytes) {
  std::string json;
  picket::json::append_text(json, bytes);
  const auto back = picket::parse_json(json);
  require(back.has_value() && back->as_text() != nullptr, "any bytes can be written as text");
  require(*back->as_text() == repaired(bytes), "what is not UTF-8 is repaired");
  require((*back->as_text() == bytes) == picket::json::is_valid_utf8(bytes),
          "and nothing else is touched");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = picket::fuzz::as_text(data, size);
  check_text(text);
  Steps steps(text);
  const auto back = picket::parse_json(steps.json());
  require(back.has_value(), "what is written is valid JSON");
  require(*back == steps.take_expected(), "and reads back the same");
  return 0;
}
