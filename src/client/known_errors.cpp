#include "client/known_errors.hpp"

#include <any>
#include <array>
#include <filesystem>
#include <functional>
#include <future>
#include <ios>
#include <memory>
#include <new>
#include <optional>
#include <regex>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <variant>

namespace picket::client {
namespace {

namespace rc = std::regex_constants;

struct RegexWord {
  rc::error_type code;
  std::string_view name;
  std::string_view words;
};

// The numbers are the library's own and differ between libraries; the names do not.
const std::array<RegexWord, 13>& regex_words() {
  static const std::array<RegexWord, 13> words{{
      {rc::error_collate, "error_collate", "the name of a collating element is not valid"},
      {rc::error_ctype, "error_ctype", "the name of a character class is not valid"},
      {rc::error_escape, "error_escape", "an escape is not valid, or the last one is not complete"},
      {rc::error_backref, "error_backref", "a back reference has no group"},
      {rc::error_brack, "error_brack", "a [ has no ]"},
      {rc::error_paren, "error_paren", "a ( has no ), or the other way round"},
      {rc::error_brace, "error_brace", "a { has no }"},
      {rc::error_badbrace, "error_badbrace", "the range in braces is not valid"},
      {rc::error_range, "error_range", "a range of characters is not valid"},
      {rc::error_space, "error_space", "there is not enough memory for the expression"},
      {rc::error_badrepeat, "error_badrepeat", "there is nothing before a *, ?, + or {"},
      {rc::error_complexity, "error_complexity", "the match is too complex"},
      {rc::error_stack, "error_stack", "there is not enough memory for the match"},
  }};
  return words;
}

void tell(const std::filesystem::filesystem_error& error, KnownFacts& facts) {
  if (!error.path1().empty()) facts.data.set("path1", Value(error.path1().string()));
  if (!error.path2().empty()) facts.data.set("path2", Value(error.path2().string()));
}

void tell(const std::regex_error& error, KnownFacts& facts) {
  for (const RegexWord& word : regex_words()) {
    if (word.code != error.code()) continue;
    facts.data.set("code", Value(word.name));
    facts.description = word.words;
    return;
  }
}

void tell(const std::future_error& error, KnownFacts& facts) {
  facts.data.set("code", Value(error.code().value()));
  facts.data.set("category", Value(error.code().category().name()));
  facts.data.set("message", Value(error.code().message()));
}

void describe_plain(const std::exception& error, KnownFacts& facts) {
  const auto is = [&error]<class T>(std::in_place_type_t<T>) {
    return dynamic_cast<const T*>(&error) != nullptr;
  };
  if (is(std::in_place_type<std::bad_array_new_length>)) {
    facts.description = "the length of a new array is negative, or too large";
  } else if (is(std::in_place_type<std::bad_alloc>)) {
    facts.description = "memory was asked for and not to be had";
  } else if (is(std::in_place_type<std::bad_variant_access>)) {
    facts.description = "a variant holds another alternative than was asked for, or none";
  } else if (is(std::in_place_type<std::bad_optional_access>)) {
    facts.description = "an optional without a value was asked for it";
  } else if (is(std::in_place_type<std::bad_any_cast>)) {
    facts.description = "an any holds another type than was asked for";
  } else if (is(std::in_place_type<std::bad_function_call>)) {
    facts.description = "an empty function was called";
  } else if (is(std::in_place_type<std::bad_weak_ptr>)) {
    facts.description = "a shared_ptr was made of a weak_ptr whose object is gone";
  } else if (is(std::in_place_type<std::bad_typeid>)) {
    facts.description = "a null pointer was asked for the type of its object";
  } else if (is(std::in_place_type<std::bad_cast>)) {
    facts.description = "a reference was cast to a class that its object is not of";
  } else if (is(std::in_place_type<std::ios_base::failure>)) {
    facts.description = "a stream failed that was told to throw";
  }
}

}  // namespace

KnownFacts known_facts(const std::exception& error) {
  KnownFacts facts;
  if (const auto* const file = dynamic_cast<const std::filesystem::filesystem_error*>(&error)) {
    tell(*file, facts);
  } else if (const auto* const regex = dynamic_cast<const std::regex_error*>(&error)) {
    tell(*regex, facts);
  } else if (const auto* const future = dynamic_cast<const std::future_error*>(&error)) {
    tell(*future, facts);
  } else {
    describe_plain(error, facts);
  }
  return facts;
}

}  // namespace picket::client
