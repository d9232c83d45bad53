#include "bot/type_name.hpp"

#include <cstdlib>
#include <memory>
#include <string_view>

#include <cxxabi.h>

namespace bot {

namespace {

/// `std::throw_with_nested` throws a class of the standard library's own that is derived from the
/// one that was meant.
std::string without_nesting(std::string name) {
  constexpr std::string_view kWrapper = "std::_Nested_exception<";
  if (!name.starts_with(kWrapper)) return name;
  return name.substr(kWrapper.size(), name.rfind('>') - kWrapper.size());
}

}  // namespace

std::string qualified_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), std::free);
  return without_nesting(status == 0 ? name.get() : type.name());
}

std::string bare_name(const std::type_info& type) {
  const std::string name = qualified_name(type);
  const auto colon = name.rfind(':');
  return colon == std::string::npos ? name : name.substr(colon + 1);
}

}  // namespace bot
