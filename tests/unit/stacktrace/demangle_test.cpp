#include "stacktrace/demangle.hpp"

#include <ios>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include <doctest/doctest.h>

namespace shop::db {
struct Timeout {
  struct Retry {};
};
template <class T>
struct Pool {
  struct Handle {};
};
template <class T>
auto local_of(T) {
  struct Local {};
  return Local{};
}
inline namespace __cxx11 {
struct Legacy {};
}  // namespace __cxx11
namespace {
struct Hidden {};
}  // namespace
}  // namespace shop::db

namespace picket::stacktrace {
namespace {

struct Row {
  std::string demangled;
  std::string type;
  std::string module;
};

TEST_SUITE("stacktrace/demangle") {
  TEST_CASE("what is no mangled name stays as it is") {
    CHECK(demangle("_ZN4shop3payEi") == "shop::pay(int)");
    CHECK(demangle("_ZN4shop") == "_ZN4shop");
    CHECK(demangle("main") == "main");
    CHECK(demangle("").empty());
    CHECK(demangle(nullptr).empty());
  }

  TEST_CASE("a type name falls apart into type and module") {  // S4.1
    const Row rows[] = {
        {"shop::db::Timeout", "Timeout", "shop::db"},
        {"Timeout", "Timeout", ""},
        {"shop::db::Timeout::Retry", "Retry", "shop::db::Timeout"},
        {"std::runtime_error", "runtime_error", "std"},
        // templates
        {"shop::Error<int>", "Error<int>", "shop"},
        {"shop::Error<shop::db::Timeout>", "Error<shop::db::Timeout>", "shop"},
        {"a::X<b::Y<c::Z<d::W> >, e::V>", "X<b::Y<c::Z<d::W> >, e::V>", "a"},
        {"shop::Pool<std::map<int, a::B> >::Handle", "Handle", "shop::Pool<std::map<int, a::B> >"},
        {"a::X<(b::Enum)0>", "X<(b::Enum)0>", "a"},
        {"a::X<((1)>(2))>::Y", "Y", "a::X<((1)>(2))>"},
        {"a::X<(4<2)>::Y", "Y", "a::X<(4<2)>"},
        {"a::X<&(b::K::operator<(b::K const&) const)>", "X<&(b::K::operator<(b::K const&) const)>",
         "a"},
        {"a::X<&b::K::operator>> >::Y", "Y", "a::X<&b::K::operator>> >"},
        {"a::X<&b::K::operator->>::Y", "Y", "a::X<&b::K::operator->>"},
        {"a::X<&b::K::operator bool>::Y", "Y", "a::X<&b::K::operator bool>"},
        {"a::X<decltype (b->c)>::Y", "Y", "a::X<decltype (b->c)>"},
        {"std::function<void (shop::Cart)>", "function<void (shop::Cart)>", "std"},
        // namespaces that nobody writes
        {"(anonymous namespace)::Error", "Error", ""},
        {"shop::(anonymous namespace)::Error", "Error", "shop"},
        {"shop::(anonymous namespace)::db::Error", "Error", "shop::db"},
        {"std::__cxx11::basic_string<char>", "basic_string<char>", "std"},
        {"std::_V2::error_category", "error_category", "std"},
        {"std::__1::basic_string<char>", "basic_string<char>", "std"},
        {"std::vector<std::__cxx11::basic_string<char> >",
         "vector<std::__cxx11::basic_string<char> >", "std"},
        {"std::ios_base::failure[abi:cxx11]", "failure", "std::ios_base"},
        // classes within functions, lambdas
        {"shop::pay(int)::Error", "Error", "shop::pay"},
        {"shop::Cart::pay(std::vector<a::B>) const::Error", "Error", "shop::Cart::pay"},
        {"shop::pay<a::B>(a::B)::Error", "Error", "shop::pay<a::B>"},
        {"main::{lambda()#1}", "{lambda()#1}", "main"},
        {"shop::pay(int)::{lambda(a::B)#2}", "{lambda(a::B)#2}", "shop::pay"},
        {"shop::pay(int)::{lambda(a::B)#2}::operator()(a::B) const::Error", "Error",
         "shop::pay::{lambda#2}::operator()"},
        {"shop::handler::{lambda(auto:1)#1}", "{lambda(auto:1)#1}", "shop::handler"},
        {"shop::pay(int)::'lambda'(int)", "'lambda'(int)", "shop::pay"},
        {"shop::K::operator b::C() const::Error", "Error", "shop::K::operator b::C"},
        // no classes
        {"int", "int", ""},
        {"unsigned long", "unsigned long", ""},
        {"char const*", "char const*", ""},
        {"shop::Cart const*", "Cart const*", "shop"},
        {"decltype(nullptr)", "decltype(nullptr)", ""},
        {"void (*)(shop::Cart)", "void (*)(shop::Cart)", ""},
        {"int shop::Cart::*", "int shop::Cart::*", ""},
        {"void (shop::Cart::*)(int)", "void (shop::Cart::*)(int)", ""},
        // broken texts are kept, not taken apart at any price
        {"", "", ""},
        {"::", "::", ""},
        {"a::", "a::", ""},
        {"a::X<b::Y", "X<b::Y", "a"},
        {"a)>]}::b", "b", "a)>]}"},
        {"operator", "operator", ""},
    };
    for (const Row& row : rows) {
      CAPTURE(row.demangled);
      const TypeName name = split_type_name(row.demangled);
      CHECK(name.type == row.type);
      CHECK(name.module == row.module);
    }
  }

  TEST_CASE("what std::throw_with_nested wraps is named as it was meant") {  // S4.7
    CHECK(unwrap_nested("std::_Nested_exception<shop::db::Timeout>") == "shop::db::Timeout");
    CHECK(unwrap_nested("std::__1::__nested<shop::Error<int> >") == "shop::Error<int>");
    CHECK(unwrap_nested("shop::Error<std::_Nested_exception<int>>") ==
          "shop::Error<std::_Nested_exception<int>>");
    CHECK(unwrap_nested("std::_Nested_exception<cut") == "std::_Nested_exception<cut");
    CHECK(unwrap_nested("").empty());
  }

  TEST_CASE("the types of this program read as they are written") {  // S4.1
    using Named = TypeName;
    CHECK(type_name(typeid(shop::db::Timeout)) == Named{"Timeout", "shop::db"});
    CHECK(type_name(typeid(shop::db::Timeout::Retry)) == Named{"Retry", "shop::db::Timeout"});
    CHECK(type_name(typeid(shop::db::Hidden)) == Named{"Hidden", "shop::db"});
    CHECK(type_name(typeid(shop::db::Legacy)) == Named{"Legacy", "shop::db"});
    CHECK(type_name(typeid(shop::db::Pool<shop::db::Timeout>::Handle)) ==
          Named{"Handle", "shop::db::Pool<shop::db::Timeout>"});
    CHECK(type_name(typeid(shop::db::local_of(1))) == Named{"Local", "shop::db::local_of<int>"});
    CHECK(type_name(typeid(std::ios_base::failure)) == Named{"failure", "std::ios_base"});
    CHECK(type_name(typeid(std::system_error)) == Named{"system_error", "std"});
    CHECK(type_name(typeid(int)) == Named{"int", ""});
    CHECK(type_name(typeid(const char*)) == Named{"char const*", ""});
    const auto lambda = [] {};
    const std::string type = type_name(typeid(lambda)).type;
    const bool is_named = type.starts_with("{lambda()#") || type.starts_with("$_");  // gcc, clang
    CHECK_MESSAGE(is_named, type);
  }
}

}  // namespace
}  // namespace picket::stacktrace
