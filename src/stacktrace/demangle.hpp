#pragma once

// C++ names for people.

#include <string>
#include <string_view>
#include <typeinfo>

namespace picket::stacktrace {

/// The demangled name, or `mangled` itself when it is none.
std::string demangle(const char* mangled);

/// A class name taken apart: `shop::db::Timeout` is type `Timeout` in module `shop::db`. Template
/// arguments stay with the type; `(anonymous namespace)` and inline ABI namespaces such as
/// `__cxx11` are left out of the module. Spec: S4.1.
struct TypeName {
  std::string type{};
  std::string module{};

  friend bool operator==(const TypeName&, const TypeName&) = default;
};

TypeName split_type_name(std::string_view demangled);
TypeName type_name(const std::type_info& type);

/// `std::throw_with_nested` throws a wrapper class: the name of the class that was meant. Other
/// names stay as they are.
std::string_view unwrap_nested(std::string_view demangled);

/// A function name without return type, parameters, template arguments and ABI tags:
/// `void shop::pay<int>(int) const` becomes `shop::pay`. Spec: P3.12 `function`.
std::string short_function_name(std::string_view demangled);

}  // namespace picket::stacktrace
