#pragma once

// `Result<T>` is what construction that can fail returns: the value, or an `Error` whose code is
// stable and whose message names the fix.

#include <string>
#include <utility>
#include <variant>

namespace picket {

/// What went wrong, stable across releases.
enum class Errc {
  invalid_dsn,
  invalid_json,
  invalid_envelope,
  invalid_argument,
  unavailable,  // something outside could not be had: a file, a socket, a library
};

/// A failure as a value.
struct Error {
  Errc code{};
  std::string message{};  // one line; never holds a key or a secret

  friend bool operator==(const Error&, const Error&) = default;
};

/// Holds a `T` or the reason why there is none.
/// Errors: `value()` on a failure and `error()` on a success throw `std::bad_variant_access`.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(implicit)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(implicit)

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] const T& value() const& { return std::get<0>(state_); }
  [[nodiscard]] T& value() & { return std::get<0>(state_); }
  [[nodiscard]] T&& value() && { return std::get<0>(std::move(state_)); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  [[nodiscard]] const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace picket
