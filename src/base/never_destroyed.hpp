#pragma once

// A static object that exists before anything runs and is never destroyed, because the host's
// static destructors may still need it. Unlike `new` in a function it allocates nothing.

namespace picket::base {

/// `static constinit NeverDestroyed<T> instance;`
template <class T>
class NeverDestroyed {
 public:
  constexpr NeverDestroyed() : value_() {}
  constexpr ~NeverDestroyed() {}  // leaves `value_` alone
  NeverDestroyed(const NeverDestroyed&) = delete;
  NeverDestroyed& operator=(const NeverDestroyed&) = delete;

  constexpr T& operator*() noexcept { return value_; }
  constexpr const T& operator*() const noexcept { return value_; }

 private:
  union {
    T value_;
  };
};

}  // namespace picket::base
