#include "scope/breadcrumb_data.hpp"

#include "base/text.hpp"
#include "json/writer.hpp"

#include <algorithm>
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

}  // namespace

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
