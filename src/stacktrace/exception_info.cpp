#include "stacktrace/exception_info.hpp"

#include <fmt/format.h>

namespace picket::stacktrace {
namespace {

template <class T>
const T* thrown_as(const ThrownObject& thrown) {
  return *thrown.type == typeid(T) ? static_cast<const T*>(thrown.object) : nullptr;
}

std::string text_or_empty(const char* text) { return text == nullptr ? std::string() : text; }

}  // namespace

std::string describe_value(const ThrownObject& thrown) {
  if (thrown.as_std_exception != nullptr) return text_or_empty(thrown.as_std_exception->what());
  if (thrown.type == nullptr || thrown.object == nullptr) return {};
  if (const auto* text = thrown_as<const char*>(thrown)) return text_or_empty(*text);
  if (const auto* text = thrown_as<char*>(thrown)) return text_or_empty(*text);
  if (const auto* text = thrown_as<std::string>(thrown)) return *text;
  if (const auto* value = thrown_as<int>(thrown)) return fmt::format("{}", *value);
  if (const auto* value = thrown_as<long>(thrown)) return fmt::format("{}", *value);
  if (const auto* value = thrown_as<unsigned>(thrown)) return fmt::format("{}", *value);
  if (const auto* value = thrown_as<bool>(thrown)) return fmt::format("{}", *value);
  if (const auto* value = thrown_as<double>(thrown)) return fmt::format("{}", *value);
  return {};
}

}  // namespace picket::stacktrace
