#include "scope/breadcrumb_data.hpp"

#include "base/text.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <system_error>
#include <variant>

namespace picket::scope {
namespace {

constexpr json::Limits kLimits{.max_depth = 4, .max_breadth = 100};  // inside the object itself

// One long text, such as a query, leaves room for the others. Bytes, before escaping.
constexpr std::size_t kMaxText = 1024;

struct WriteValue {
  json::Writer& writer;

  void operator()(std::nullptr_t) const { writer.null(); }
  void operator()(bool flag) const { writer.boolean(flag); }
  void operator()(std::int64_t number) const { writer.number(number); }
  void operator()(std::uint64_t number) const { writer.number(number); }
  void operator()(double number) const { writer.number(number); }
  void operator()(std::string_view text) const {
    if (text.size() <= kMaxText) return writer.text(text);
    writer.text(base::ellipsize(text, kMaxText));
  }
  void operator()(const Value* value) const {
    if (const std::string* const text = value->as_text()) return (*this)(std::string_view(*text));
    writer.value(*value, kLimits);
  }
  void operator()(const Object* object) const { writer.object(*object, kLimits); }
  void operator()(const List* list) const {
    writer.begin_array();
    for (std::size_t i = 0; i < std::min(list->size(), kLimits.max_breadth); ++i) {
      writer.value((*list)[i], kLimits);
    }
    writer.end_array();
  }
};

bool has_later_namesake(const Attributes& data, std::size_t index, std::size_t count) {
  const std::string_view key = data[index].key;
  for (std::size_t i = index + 1; i < count; ++i) {
    if (data[i].key == key) return true;
  }
  return false;
}

/// One of 64 bits, by the length of a key and its first and last letter.
std::uint64_t look_of(std::string_view key) noexcept {
  if (key.empty()) return 1;
  const auto letters = static_cast<unsigned>(key.front()) + 5U * static_cast<unsigned>(key.back());
  return std::uint64_t{1} << ((letters + 11U * key.size()) % 64U);
}

constexpr std::uint64_t in_each_byte(std::uint64_t byte) noexcept { return byte * (~0ULL / 0xFF); }

/// The sign bit of each byte that may not stand in a JSON text as it is: controls, quote, backslash
/// and what is not ASCII. A byte above one of these may be marked too.
constexpr std::uint64_t marks(std::uint64_t bytes) noexcept {
  const std::uint64_t quote = bytes ^ in_each_byte('"');
  const std::uint64_t backslash = bytes ^ in_each_byte('\\');
  const std::uint64_t below =
      (bytes - in_each_byte(0x20)) | (quote - in_each_byte(1)) | (backslash - in_each_byte(1));
  const std::uint64_t above = bytes | (bytes + in_each_byte(1));
  return (below | above) & in_each_byte(0x80);
}

template <class Word>
std::uint64_t copy_word(char* to, const char* from) noexcept {
  Word word;
  std::memcpy(&word, from, sizeof word);
  std::memcpy(to, &word, sizeof word);
  return word;
}

/// Copies a text; false when some of it may not stand in a JSON text as it is. The last words of a
/// text overlap, so that none is copied byte by byte.
bool copy_plain(char* to, const char* from, std::size_t size) noexcept {
  std::uint64_t found = 0;
  if (size >= 8) {
    for (std::size_t i = 0; i + 8 < size; i += 8) {
      found |= marks(copy_word<std::uint64_t>(to + i, from + i));
    }
    found |= marks(copy_word<std::uint64_t>(to + size - 8, from + size - 8));
  } else if (size >= 4) {
    const std::uint64_t first = copy_word<std::uint32_t>(to, from);
    const std::uint64_t last = copy_word<std::uint32_t>(to + size - 4, from + size - 4);
    found = marks(first | last << 32U);
  } else {
    std::uint64_t bytes = in_each_byte(' ');
    for (std::size_t i = 0; i < size; ++i) {
      bytes = bytes << 8U | static_cast<unsigned char>(from[i]);
      to[i] = from[i];
    }
    found = marks(bytes);
  }
  return found == 0;
}

constexpr std::uint64_t kMaxExactInteger = (std::uint64_t{1} << 53U) - 1;  // P0.3

// Each call says whether it could write.
class PlainWriter {
 public:
  explicit PlainWriter(std::span<char> out) noexcept
      : next_(out.data()), end_(out.data() + out.size()) {}

  [[nodiscard]] char* next() const noexcept { return next_; }

  bool mark(char c) noexcept {
    if (next_ == end_) return false;
    *next_++ = c;
    return true;
  }

  bool operator()(std::string_view text) noexcept {
    if (text.size() + 2 > room()) return false;
    *next_++ = '"';
    const bool is_plain = copy_plain(next_, text.data(), text.size());
    next_ += text.size();
    *next_++ = '"';
    return is_plain;
  }

  bool operator()(const std::string& text) noexcept { return (*this)(std::string_view(text)); }
  bool operator()(bool flag) noexcept { return literal(flag ? "true" : "false"); }
  bool operator()(std::nullptr_t) noexcept { return literal("null"); }
  bool operator()(std::monostate) noexcept { return literal("null"); }
  bool operator()(std::int64_t number) noexcept { return digits(number); }
  bool operator()(std::uint64_t number) noexcept {
    return number <= kMaxExactInteger && digits(number);
  }
  bool operator()(double number) noexcept { return std::isfinite(number) && digits(number); }
  bool operator()(const Value* value) noexcept { return std::visit(*this, value->storage()); }
  template <class Container>
  bool operator()(const Container&) noexcept {  // lists and objects
    return false;
  }

 private:
  [[nodiscard]] std::size_t room() const noexcept { return static_cast<std::size_t>(end_ - next_); }

  bool literal(std::string_view text) noexcept {
    if (text.size() > room()) return false;
    next_ = std::copy(text.begin(), text.end(), next_);
    return true;
  }

  template <class Number>
  bool digits(Number number) noexcept {
    const auto [end, error] = std::to_chars(next_, end_, number);
    next_ = end;
    return error == std::errc();
  }

  char* next_;
  char* end_;
};

}  // namespace

std::size_t write_plain_data(std::span<char> out, const Attributes& data) noexcept {
  const std::size_t count = data.size();
  if (count == 0 || count > kLimits.max_breadth) return 0;
  PlainWriter writer(out);
  std::uint64_t seen = 0;  // keys; two that look alike here may be equal
  for (std::size_t i = 0; i < count; ++i) {
    const Attribute attribute = data[i];
    const std::uint64_t look = look_of(attribute.key);
    const bool written = (seen & look) == 0 && writer.mark(i == 0 ? '{' : ',') &&
                         writer(attribute.key) && writer.mark(':') &&
                         std::visit(writer, attribute.value.storage());
    if (!written) return 0;
    seen |= look;
  }
  if (!writer.mark('}')) return 0;
  return static_cast<std::size_t>(writer.next() - out.data());
}

void write_breadcrumb_data(std::string& out, Attributes data, std::size_t max_bytes) {
  out.clear();
  const std::size_t count = std::min(data.size(), kLimits.max_breadth);
  if (count == 0) return;
  json::Writer writer(out);
  writer.begin_object();
  const std::size_t empty = out.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (has_later_namesake(data, i, count)) continue;
    const Attribute attribute = data[i];
    const std::size_t before = out.size();
    writer.key(attribute.key);
    std::visit(WriteValue{writer}, attribute.value.storage());
    if (out.size() + 1 <= max_bytes) continue;
    out.resize(before);
    break;
  }
  if (out.size() == empty) {
    out.clear();
  } else {
    writer.end_object();
  }
}

}  // namespace picket::scope
