#include "scope/breadcrumb_data.hpp"

#include "base/text.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
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

// True for what may stand in a JSON text as it is: ASCII without controls, quote and backslash.
constexpr std::array<bool, 256> kIsPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x7F; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

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
    bool is_plain = true;
    for (const char c : text) {
      is_plain &= kIsPlain[static_cast<unsigned char>(c)];
      *next_++ = c;
    }
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
  for (std::size_t i = 0; i < count; ++i) {
    const Attribute attribute = data[i];
    const bool written = writer.mark(i == 0 ? '{' : ',') && writer(attribute.key) &&
                         writer.mark(':') && std::visit(writer, attribute.value.storage());
    if (!written || has_later_namesake(data, i, count)) return 0;
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
