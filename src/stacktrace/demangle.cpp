#include "stacktrace/demangle.hpp"

#include "base/text.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <vector>

namespace picket::stacktrace {
namespace {

constexpr std::string_view kAnonymous = "(anonymous namespace)";
constexpr std::string_view kAbiTag = "[abi:";

bool is_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Walks over a demangled name and knows whether it stands outside of all brackets. An operator's
// name is one step, because its brackets, spaces and colons are no structure.
class Cursor {
 public:
  enum class Operators : bool { as_text, as_names };

  explicit Cursor(std::string_view text, Operators operators = Operators::as_names)
      : text_(text), operators_(operators) {}

  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  [[nodiscard]] bool outside() const { return open_.empty(); }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] std::string_view before() const { return text_.substr(0, at_); }
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  /// True if it stands outside of brackets before `token`.
  [[nodiscard]] bool sees(std::string_view token) const {
    return outside() && rest().starts_with(token);
  }

  void skip(std::size_t count) { at_ = std::min(at_ + count, text_.size()); }

  void step() {
    if (operators_ == Operators::as_names && at_operator()) {
      skip(operator_length());
    } else {
      follow_bracket();
      ++at_;
    }
  }

  /// Steps over the bracket it stands before; at the end of the text if that is never closed.
  void step_over_group() {
    const std::size_t depth = open_.size();
    do {
      step();
    } while (!done() && open_.size() > depth);
  }

 private:
  static constexpr std::string_view kOperator = "operator";

  [[nodiscard]] bool at_operator() const {
    const std::string_view here = rest();
    if (!here.starts_with(kOperator) || (at_ > 0 && is_word(text_[at_ - 1]))) return false;
    return here.size() > kOperator.size() && !is_word(here[kOperator.size()]);
  }

  [[nodiscard]] std::size_t operator_length() const {
    constexpr std::array<std::string_view, 13> kBracketed{
        "()", "[]", "<=>", "<<=", ">>=", "->*", "->", "<<", ">>", "<=", ">=", "<", ">"};
    const std::string_view symbol = rest().substr(kOperator.size());
    for (const std::string_view name : kBracketed) {
      if (!symbol.starts_with(name)) continue;
      // `operator< <int>`: that space keeps the name and its arguments apart.
      const bool is_spaced = symbol.substr(name.size()).starts_with(" <");
      return kOperator.size() + name.size() + (is_spaced ? 1 : 0);
    }
    // `operator bool`, `operator new[]`, `operator"" _km`
    const bool is_worded = symbol.front() == ' ' || symbol.front() == '"';
    return kOperator.size() + (is_worded ? worded_length(symbol) : 0);
  }

  // The words end where the parameters begin: at the last of several groups in a row, because a
  // conversion to `void (*)(int)` has groups of its own.
  static std::size_t worded_length(std::string_view words) {
    Cursor cursor(words, Operators::as_text);  // does not recurse, whatever the text holds
    while (!cursor.done()) {
      if (cursor.sees(kAnonymous)) {
        cursor.skip(kAnonymous.size());
      } else if (cursor.sees("(")) {
        const std::size_t group = cursor.at();
        cursor.step_over_group();
        if (!cursor.sees("(")) return group;
      } else if (cursor.outside() &&
                 std::string_view(">,)]}").find(words[cursor.at()]) != std::string_view::npos) {
        return cursor.at();  // the end of the template argument that names this operator
      } else {
        cursor.step();
      }
    }
    return words.size();
  }

  // A `<` that is never closed is a comparison, and so is a `>` that closes nothing.
  void follow_bracket() {
    const char c = text_[at_];
    if (c == '(' || c == '[' || c == '{' || c == '<') {
      open_.push_back(c);
    } else if (c == '>') {
      const bool is_arrow = at_ > 0 && text_[at_ - 1] == '-';
      if (!is_arrow && !open_.empty() && open_.back() == '<') open_.pop_back();
    } else if (c == ')' || c == ']' || c == '}') {
      const char opening = c == ')' ? '(' : c == ']' ? '[' : '{';
      const std::size_t found = open_.rfind(opening);
      if (found != std::string::npos) open_.resize(found);
    }
  }

  std::string_view text_;
  Operators operators_;
  std::size_t at_ = 0;
  std::string open_{};
};

std::vector<std::string_view> components(std::string_view name) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  Cursor cursor(name);
  while (!cursor.done()) {
    if (cursor.sees("::")) {
      parts.push_back(name.substr(begin, cursor.at() - begin));
      cursor.skip(2);
      begin = cursor.at();
    } else {
      cursor.step();
    }
  }
  parts.push_back(name.substr(begin));
  return parts;
}

void append_component(std::string& path, std::string_view component) {
  if (component.empty()) return;
  if (!path.empty()) path += "::";
  path += component;
}

std::string without_abi_tags(std::string_view text) {
  std::string kept;
  Cursor cursor(text);
  while (!cursor.done()) {
    const std::size_t begin = cursor.at();
    if (cursor.sees(kAbiTag)) {
      cursor.step_over_group();
    } else {
      cursor.step();
      kept += text.substr(begin, cursor.at() - begin);
    }
  }
  return kept;
}

/// `pay<int>(int) const` without what follows the name; template arguments only if wanted.
enum class Arguments : bool { cut, keep };
std::string bare(std::string_view component, Arguments arguments) {
  if (component.starts_with(kAnonymous)) return std::string(kAnonymous);
  if (component.starts_with("{lambda(")) {
    const std::size_t number = component.rfind('#');
    if (number != std::string_view::npos) {
      return "{lambda" + std::string(component.substr(number));
    }
  }
  Cursor cursor(component);
  while (!cursor.done()) {
    if (cursor.sees("(") || cursor.sees(" ") || cursor.sees(kAbiTag)) break;
    if (arguments == Arguments::cut && cursor.sees("<")) break;
    cursor.step();
  }
  std::string_view name = cursor.before();
  if (name.ends_with(' ')) name.remove_suffix(1);  // of `operator< <int>`
  return std::string(name);
}

// Namespaces that hosts never write: they mark versions of the standard library.
bool is_abi_namespace(std::string_view component) {
  constexpr std::array<std::string_view, 5> kNames{"__cxx11", "_V2", "__1", "__ndk1", "__cxx1998"};
  return std::find(kNames.begin(), kNames.end(), component) != kNames.end();
}

/// `foo() [clone .part.0] [clone .cold]` and, as LLVM writes it, `foo() (.cold)`.
std::string_view without_clones(std::string_view name) {
  for (const std::string_view mark : {" [clone .", " (."}) {
    const std::size_t begin = name.find(mark);
    if (begin != std::string_view::npos) name = name.substr(0, begin);
  }
  return name;
}

/// The `name(int)` in `* name(int)`, in `Class::*name(int)` and so on; empty without a star.
std::string_view declared_in(std::string_view declarator) {
  Cursor cursor(declarator);
  while (!cursor.done() && !cursor.sees("*") && !cursor.sees("&")) cursor.step();
  while (cursor.sees("*") || cursor.sees("&") || cursor.sees(" ")) cursor.skip(1);
  return cursor.rest();
}

/// Past the parameters of a function that something local belongs to, such as those in
/// `f(int)::{lambda()#1}`; false before all others.
bool step_over_enclosing(Cursor& cursor) {
  Cursor after = cursor;
  after.step_over_group();
  for (const std::string_view qualifier : {" const", " volatile", " &&", " &", "&&", "&"}) {
    if (after.sees(qualifier)) after.skip(qualifier.size());
  }
  if (!after.sees("::")) return false;
  cursor = after;
  return true;
}

/// Cuts `unsigned long` off `unsigned long ns::f(int)`, and finds `f(int)` in `void (*f(int))()`.
std::string_view without_return_type(std::string_view name) {
  std::size_t begin = 0;
  Cursor cursor(name);
  while (!cursor.done()) {
    if (cursor.sees(kAnonymous)) {
      cursor.skip(kAnonymous.size());
    } else if (cursor.sees(" ")) {
      cursor.skip(1);
      begin = cursor.at();
    } else if (!cursor.sees("(")) {
      cursor.step();
    } else if (cursor.before().ends_with("decltype") || cursor.before().ends_with("decltype ")) {
      cursor.step_over_group();
    } else if (cursor.before().empty() || cursor.before().ends_with(' ')) {
      // No name before the bracket: the declarator of a returned function pointer.
      const std::string_view inner = declared_in(cursor.rest().substr(1));
      if (inner.empty()) break;
      name = inner;
      begin = 0;
      cursor = Cursor(name);
    } else if (!step_over_enclosing(cursor)) {
      break;  // the parameters
    }
  }
  return name.substr(begin);
}

}  // namespace

std::string demangle(const char* mangled) {
  if (mangled == nullptr) return {};
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(mangled, nullptr, nullptr, &status), &std::free);
  return name == nullptr ? mangled : name.get();
}

TypeName split_type_name(std::string_view demangled) {
  const std::vector<std::string_view> parts = components(demangled);
  // `int Class::*` is no name in a namespace.
  if (parts.back().empty() || parts.back().starts_with('*')) return {std::string(demangled), {}};

  TypeName name;
  name.type = without_abi_tags(parts.back());
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    if (parts[i] == kAnonymous || is_abi_namespace(parts[i])) continue;
    append_component(name.module, bare(parts[i], Arguments::keep));
  }
  return name;
}

std::string_view unwrap_nested(std::string_view demangled) {
  for (const std::string_view wrapper : {"std::_Nested_exception<", "std::__1::__nested<"}) {
    if (demangled.starts_with(wrapper) && demangled.ends_with('>')) {
      demangled.remove_prefix(wrapper.size());
      demangled.remove_suffix(1);
      demangled = base::trim(demangled);  // "Nested<Inner<int> >"
    }
  }
  return demangled;
}

TypeName type_name(const std::type_info& type) { return split_type_name(demangle(type.name())); }

std::string short_function_name(std::string_view demangled) {
  std::string name;
  for (const std::string_view part : components(without_return_type(without_clones(demangled)))) {
    append_component(name, bare(part, Arguments::cut));
  }
  // A text that is no function name at all is better shown as it is than not at all.
  return name.empty() ? std::string(demangled) : name;
}

}  // namespace picket::stacktrace
