#pragma once

// A `Secret` holds a value that is to be used and never written down:
//
//   picket::Secret<std::string> password(read_password());
//   connect(user, password.expose());
//   picket::set_extra("password", password);   // sends "[Filtered]"
//
// It becomes `[Filtered]` wherever picket takes a value, and does not compile where it would be
// printed. When it ends its memory is overwritten.

#include "picket/export.hpp"
#include "picket/value.hpp"

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace picket {

namespace detail {

/// Overwrites memory, also where the compiler sees that nobody will read it.
PICKET_EXPORT void wipe(void* bytes, std::size_t size) noexcept;

template <class Char, class Traits, class Allocator>
void wipe(std::basic_string<Char, Traits, Allocator>& text) noexcept {
  text.resize(text.capacity());  // within the capacity: allocates nothing
  wipe(text.data(), text.size() * sizeof(Char));
  text.clear();
}

template <class T>
requires std::is_trivially_copyable_v<T>
void wipe(T& value) noexcept { wipe(static_cast<void*>(&value), sizeof(T)); }

template <class T>
concept Wipeable = requires(T& value) {
  detail::wipe(value);
};

}  // namespace detail

/// What is trivially copyable, and texts, are overwritten when the secret ends, is moved away or is
/// replaced; of other types only what their destructor does. Copies are secrets of their own.
template <class T>
class Secret {
 public:
  Secret() = default;
  explicit Secret(T value) noexcept(std::is_nothrow_move_constructible_v<T>)
      : value_(std::move(value)) {
    wipe(value);
  }
  Secret(const Secret& other) = default;
  Secret(Secret&& other) noexcept(std::is_nothrow_move_constructible_v<T>)
      : value_(std::move(other.value_)) {
    wipe(other.value_);
  }
  Secret& operator=(const Secret& other) {
    if (this != &other) *this = Secret(other);
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept(std::is_nothrow_move_assignable_v<T>) {
    if (this == &other) return *this;
    wipe(value_);
    value_ = std::move(other.value_);
    wipe(other.value_);
    return *this;
  }
  ~Secret() { wipe(value_); }

  /// The value itself. Lifetime: as long as the secret; what you copy from it is no secret.
  [[nodiscard]] const T& expose() const noexcept { return value_; }

  operator Value() const { return Value(kMask); }
  operator ValueRef() const noexcept { return ValueRef(kMask); }

  template <class Char, class Traits>
  friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>&,
                                                      const Secret&) = delete;

 private:
  static constexpr std::string_view kMask = "[Filtered]";

  static void wipe(T& value) noexcept {
    if constexpr (detail::Wipeable<T>) detail::wipe(value);
  }

  T value_{};
};

}  // namespace picket
