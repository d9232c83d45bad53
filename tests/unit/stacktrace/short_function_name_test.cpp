#include "stacktrace/demangle.hpp"

#include <span>
#include <string>

#include <doctest/doctest.h>

namespace picket::stacktrace {
namespace {

struct Row {
  std::string demangled;
  std::string name;
};

void check(std::span<const Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.demangled);
    CHECK(short_function_name(row.demangled) == row.name);
  }
}

TEST_SUITE("stacktrace/short_function_name") {
  TEST_CASE("functions lose return type, parameters and template arguments") {  // P3.12
    const Row rows[] = {
        {"main", "main"},
        {"shop::pay(int)", "shop::pay"},
        {"void shop::pay<int>(int) const", "shop::pay"},
        {"unsigned long shop::pay<int>(int)", "shop::pay"},
        {"shop::Cart<a::B> const& shop::find<a::B>(std::map<int, a::B>&)", "shop::find"},
        {"std::vector<a::B>::push_back(a::B&&)", "std::vector::push_back"},
        {"shop::apply(int (*)(a::B), a::C)", "shop::apply"},
        {"shop::apply(void (a::K::*)(int) const)", "shop::apply"},
        {"shop::size() const &", "shop::size"},
        {"shop::swap() && noexcept", "shop::swap"},
        {"std::_Function_handler<void (), main::{lambda()#1}>::_M_invoke(std::_Any_data const&)",
         "std::_Function_handler::_M_invoke"},
        {"(anonymous namespace)::helper(int)", "(anonymous namespace)::helper"},
        {"void shop::(anonymous namespace)::helper<int>(int)",
         "shop::(anonymous namespace)::helper"},
        {"std::__cxx11::to_string[abi:cxx11](int)", "std::__cxx11::to_string"},
        {"shop::name[abi:cxx11]() const", "shop::name"},
        {"decltype ({parm#1}+{parm#2}) shop::add<int, int>(int, int)", "shop::add"},
        {"decltype(auto) shop::add<int>(int)", "shop::add"},
        {"auto shop::add<int>(int)", "shop::add"},
        {"shop::check<(1>2)>(int)", "shop::check"},
    };
    check(rows);
  }

  TEST_CASE("constructors and destructors keep their names") {  // P3.12
    const Row rows[] = {
        {"shop::Cart::Cart(int)", "shop::Cart::Cart"},
        {"shop::Cart<a::B>::Cart(a::B const&)", "shop::Cart::Cart"},
        {"shop::Cart<a::B>::~Cart()", "shop::Cart::~Cart"},
        {"shop::Cart::Cart<int>(int)", "shop::Cart::Cart"},
    };
    check(rows);
  }

  TEST_CASE("operators keep their signs") {  // P3.12
    const Row rows[] = {
        {"shop::K::operator()(int) const", "shop::K::operator()"},
        {"void shop::K::operator()<int>(int) const", "shop::K::operator()"},
        {"shop::K::operator[](unsigned long)", "shop::K::operator[]"},
        {"shop::K::operator<(shop::K const&) const", "shop::K::operator<"},
        {"bool shop::operator< <int>(shop::T<int> const&)", "shop::operator<"},
        {"std::ostream& shop::operator<< <int>(std::ostream&, shop::T<int>)", "shop::operator<<"},
        {"bool shop::operator==<int>(shop::T<int> const&)", "shop::operator=="},
        {"auto shop::operator<=><int>(int)", "shop::operator<=>"},
        {"shop::K::operator->() const", "shop::K::operator->"},
        {"shop::K::operator->*(int)", "shop::K::operator->*"},
        {"shop::K::operator>>=(int)", "shop::K::operator>>="},
        {"shop::K::operator,(int)", "shop::K::operator,"},
        {"shop::K::operator&() const", "shop::K::operator&"},
        {"shop::K::operator=(shop::K&&)", "shop::K::operator="},
        {"operator new(unsigned long)", "operator new"},
        {"operator delete[](void*)", "operator delete[]"},
        {"operator\"\" _km(unsigned long long)", "operator\"\" _km"},
        {"shop::operators::run(int)", "shop::operators::run"},
        {"shop::my_operator(int)", "shop::my_operator"},
    };
    check(rows);
  }

  TEST_CASE("conversions keep the type they convert to") {  // P3.12
    const Row rows[] = {
        {"shop::K::operator bool() const", "shop::K::operator bool"},
        {"shop::K::operator std::string()", "shop::K::operator std::string"},
        {"shop::K::operator a::T<b::U>() const", "shop::K::operator a::T<b::U>"},
        {"shop::K::operator unsigned long() const", "shop::K::operator unsigned long"},
        {"shop::K::operator char const*() const", "shop::K::operator char const*"},
        {"shop::K::operator void (*)(int, char)()", "shop::K::operator void (*)(int, char)"},
        {"shop::K::operator (anonymous namespace)::B() const",
         "shop::K::operator (anonymous namespace)::B"},
    };
    check(rows);
  }

  TEST_CASE("lambdas are numbered, without parameters") {  // P3.12
    const Row rows[] = {
        {"main::{lambda()#1}::operator()() const", "main::{lambda#1}::operator()"},
        {"shop::pay(a::B) const::{lambda(std::function<void (a::B)>)#2}::operator()(int) const",
         "shop::pay::{lambda#2}::operator()"},
        {"auto main::{lambda(auto:1)#1}::operator()<int>(int) const",
         "main::{lambda#1}::operator()"},
        {"shop::pay(int)::{lambda()#1}::operator()() const::{lambda()#3}::_FUN()",
         "shop::pay::{lambda#1}::operator()::{lambda#3}::_FUN"},
        {"shop::serve(a::B&) const::{lambda(int)#1} std::apply<int*>(int*, "
         "shop::serve(a::B&) const::{lambda(int)#1})",
         "std::apply"},
        {"shop::pay(int)::'lambda'(int)::operator()(int) const", "shop::pay::'lambda'::operator()"},
    };
    check(rows);
  }

  TEST_CASE("the name is found inside of a returned function pointer") {  // P3.12
    const Row rows[] = {
        {"void (*shop::get<int>(int))(double)", "shop::get"},
        {"void (* const& shop::get<int>(int))(double)", "shop::get"},
        {"void (a::K::*shop::get<int>(int))(double)", "shop::get"},
        {"int (&shop::get<int>(int))[3]", "shop::get"},
        {"void (*(*shop::get<int>(int))(char))(double)", "shop::get"},
    };
    check(rows);
  }

  TEST_CASE("marks of the compiler and the linker are left out") {  // P3.12
    const Row rows[] = {
        {"shop::pay(int) [clone .cold]", "shop::pay"},
        {"shop::pay(int) [clone .part.0] [clone .cold]", "shop::pay"},
        {"void shop::pay<int>(int) const [clone .constprop.0]", "shop::pay"},
        {"shop::pay(int) (.cold)", "shop::pay"},
        {"non-virtual thunk to shop::Cart::pay()", "shop::Cart::pay"},
    };
    check(rows);
  }

  TEST_CASE("broken texts end in some name, never in none") {
    const Row rows[] = {
        {"", ""},
        {"(", "("},
        {"()", "()"},
        {"a (b)", "a (b)"},
        {"void (*", "void (*"},
        {"a::operator", "a::operator"},
        {"a::b<c", "a::b"},
        {"operator ", "operator"},
    };
    check(rows);
  }

  TEST_CASE("a long hostile text costs no more than its length") {
    for (const char* piece : {"(*", "operator ", "a<", "::", "((", "decltype(", "[abi:", "x "}) {
      std::string text;
      while (text.size() < 100'000) text += piece;
      CAPTURE(piece);
      CHECK(short_function_name(text).size() <= text.size());
      CHECK(split_type_name(text).type.size() <= text.size());
    }
  }
}

}  // namespace
}  // namespace picket::stacktrace
