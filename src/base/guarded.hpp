#pragma once

// `Guarded<T>` keeps a value together with the mutex that protects it, so that neither can be used
// without the other. Locks are leaves: inside `with`, call nothing that may lock or block. What a
// child of a fork may use takes a mutex of `base/fork.hpp`.

#include <mutex>
#include <utility>

namespace picket::base {

template <class T, class Mutex = std::mutex>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  /// Runs `use` on the value while holding the lock and returns what it returns.
  template <class Use>
  decltype(auto) with(Use&& use) {
    const std::lock_guard lock(mutex_);
    return std::forward<Use>(use)(value_);
  }

  template <class Use>
  decltype(auto) with(Use&& use) const {
    const std::lock_guard lock(mutex_);
    return std::forward<Use>(use)(value_);
  }

  /// As `with`, unless somebody holds the lock; false then.
  template <class Use>
  bool try_with(Use&& use) const {
    if (!mutex_.try_lock()) return false;
    const std::lock_guard lock(mutex_, std::adopt_lock);
    std::forward<Use>(use)(value_);
    return true;
  }

 private:
  mutable Mutex mutex_{};
  T value_{};
};

}  // namespace picket::base
