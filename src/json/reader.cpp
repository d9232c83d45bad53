#include "json/reader.hpp"

#include "json/writer.hpp"

#include <simdjson.h>

#include <algorithm>
#include <vector>

namespace picket {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMaxDepth = json::kMaxValueDepth;

// Copies a document that is whole and valid by now. simdjson has bounded its depth, but does not
// count a container without members, so the last level is looked at here.
class Copier {
 public:
  Value copy(dom::element element) {
    switch (element.type()) {
      case dom::element_type::OBJECT:
        return copy_object(element.get_object().value_unsafe());
      case dom::element_type::ARRAY:
        return copy_array(element.get_array().value_unsafe());
      case dom::element_type::STRING:
        return std::string(element.get_string().value_unsafe());
      case dom::element_type::INT64:
        return element.get_int64().value_unsafe();
      case dom::element_type::UINT64:
        return element.get_uint64().value_unsafe();
      case dom::element_type::DOUBLE:
        return element.get_double().value_unsafe();
      case dom::element_type::BOOL:
        return element.get_bool().value_unsafe();
      case dom::element_type::NULL_VALUE:
        break;
    }
    return nullptr;
  }

  [[nodiscard]] bool is_too_deep() const noexcept { return deepest_ > kMaxDepth; }

 private:
  Object copy_object(dom::object source) {
    std::vector<Member> members;
    members.reserve(source.size());  // a hint: it saturates for huge objects
    enter();
    for (const auto& [key, element] : source) {
      members.push_back({std::string(key), copy(element)});
    }
    --depth_;
    return Object::from_members(std::move(members));
  }

  List copy_array(dom::array source) {
    List list;
    list.reserve(source.size());
    enter();
    for (const dom::element element : source) list.push_back(copy(element));
    --depth_;
    return list;
  }

  void enter() noexcept { deepest_ = std::max(deepest_, ++depth_); }

  std::size_t depth_ = 0;
  std::size_t deepest_ = 0;
};

Error invalid(simdjson::error_code code) {
  return {Errc::invalid_json, std::string("invalid JSON: ") + simdjson::error_message(code)};
}

}  // namespace

Result<Value> parse_json(std::string_view text) {
  dom::parser parser;
  // One more level, since simdjson refuses the level that it is given.
  if (const auto error = parser.allocate(text.size(), kMaxDepth + 1)) return invalid(error);
  const auto document = parser.parse(text.data(), text.size());
  if (document.error() != simdjson::SUCCESS) return invalid(document.error());
  Copier copier;
  Value value = copier.copy(document.value_unsafe());
  if (copier.is_too_deep()) return invalid(simdjson::DEPTH_ERROR);
  return value;
}

}  // namespace picket

namespace picket::json {

bool is_valid_utf8(std::string_view bytes) noexcept {
  return simdjson::validate_utf8(bytes.data(), bytes.size());
}

}  // namespace picket::json
