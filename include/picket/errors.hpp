#pragma once

// What a host's own errors can tell about themselves: a code, how bad it is, and whether its text
// is fit for users. `capture_domain_error` sends it along. Derive from `DomainError`, or specialise
// `error_traits` for a base class of one's own:
//
//   template <>
//   struct picket::error_traits<shop::Error> {
//     static std::string code(const shop::Error& error) { return error.number(); }
//     static std::string severity(const shop::Error&) { return "high"; }
//     static bool user_facing(const shop::Error&) { return false; }
//   };

#include "picket/export.hpp"
#include "picket/language.hpp"

#include <concepts>
#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <typeinfo>

namespace picket {

/// A base class for hosts that want one.
/// Spec: S4.12.
class PICKET_EXPORT DomainError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  DomainError(const DomainError&) = default;
  DomainError& operator=(const DomainError&) = default;
  ~DomainError() override;

  [[nodiscard]] virtual std::string_view code() const noexcept { return {}; }
  [[nodiscard]] virtual std::string_view severity() const noexcept { return "unknown"; }
  [[nodiscard]] virtual bool user_facing() const noexcept { return false; }
};

/// To be specialised, see above. A specialisation for a base class holds for what derives from it
/// when the capture is given a reference to that base.
template <class Error>
struct error_traits;

template <class Error>
concept HasErrorTraits = std::derived_from<Error, std::exception> && requires(const Error& error) {
  { error_traits<Error>::code(error) } -> std::convertible_to<std::string>;
  { error_traits<Error>::severity(error) } -> std::convertible_to<std::string>;
  { error_traits<Error>::user_facing(error) } -> std::convertible_to<bool>;
};

/// `shop::db::Timeout` for a class of that name, also inside the wrapper of `throw_with_nested`.
/// Errors: throws what allocation throws.
PICKET_EXPORT std::string type_name(const std::type_info& type);

namespace detail {

/// The same as the compiler spells it, for hosts without run-time types.
template <class T>
std::string_view spelled_name() noexcept {
  const std::string_view function = __PRETTY_FUNCTION__;  // "… [with T = shop::Error; …]"
  const std::size_t begin = function.find("T = ") + 4;
  return function.substr(begin, function.find_first_of(";]", begin) - begin);
}

}  // namespace detail

template <class T>
std::string type_name() {
#if PICKET_HAS_RTTI
  return type_name(typeid(T));
#else
  return std::string(detail::spelled_name<T>());
#endif
}

}  // namespace picket
