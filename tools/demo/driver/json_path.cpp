#include "driver/json_path.hpp"

#include "picket/json.hpp"

#include <charconv>

namespace demo {

namespace {

const picket::Value* member(const picket::Value& value, std::string_view step) {
  if (const auto* object = value.as_object()) return object->find(step);
  const auto* list = value.as_list();
  if (list == nullptr) return nullptr;
  std::ptrdiff_t index = 0;
  std::from_chars(step.data(), step.data() + step.size(), index);
  const auto size = static_cast<std::ptrdiff_t>(list->size());
  if (index < 0) index += size;
  return index < 0 || index >= size ? nullptr : &(*list)[static_cast<std::size_t>(index)];
}

const picket::Value* find(const picket::Value& document, std::string_view path) {
  const picket::Value* value = &document;
  while (value != nullptr && !path.empty()) {
    const auto slash = std::min(path.find('/'), path.size());
    value = member(*value, path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return value;
}

}  // namespace

const picket::Value& value_at(const picket::Value& document, std::string_view path) {
  static const picket::Value kNull;
  const picket::Value* value = find(document, path);
  return value == nullptr ? kNull : *value;
}

std::string text_at(const picket::Value& document, std::string_view path) {
  const picket::Value* value = find(document, path);
  if (value == nullptr) return "absent";
  const std::string* text = value->as_text();
  return text == nullptr ? picket::to_json(*value) : *text;
}

std::size_t size_at(const picket::Value& document, std::string_view path) {
  const picket::Value& value = value_at(document, path);
  if (const auto* list = value.as_list()) return list->size();
  const auto* object = value.as_object();
  return object == nullptr ? 0 : object->size();
}

}  // namespace demo
