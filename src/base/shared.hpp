#pragma once

// `Shared<T>` is the reference count behind copy-on-write: immutable while shared, changed in
// place while unique. `std::shared_ptr` cannot say "unique" safely across threads, because its
// `use_count` does not synchronise with the release of the last other owner; this one does.

#include <atomic>
#include <cstddef>
#include <utility>

namespace picket::base {

template <class T>
class Shared {
 public:
  Shared() noexcept = default;  // null

  template <class... Args>
  static Shared make(Args&&... args) {
    Shared made;
    made.box_ = new Box(std::forward<Args>(args)...);
    return made;
  }

  Shared(const Shared& other) noexcept : box_(other.box_) {
    // A new owner comes from an existing one, so nothing has to be ordered here.
    if (box_ != nullptr) box_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  Shared(Shared&& other) noexcept : box_(std::exchange(other.box_, nullptr)) {}
  Shared& operator=(Shared other) noexcept {
    std::swap(box_, other.box_);
    return *this;
  }
  ~Shared() {
    if (box_ != nullptr && box_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) delete box_;
  }

  explicit operator bool() const noexcept { return box_ != nullptr; }
  const T& operator*() const noexcept { return box_->value; }
  const T* operator->() const noexcept { return &box_->value; }
  const T* get() const noexcept { return box_ != nullptr ? &box_->value : nullptr; }

  /// The value for changing: in place when this is the only owner, else on a copy of its own.
  /// A null pointer gets a fresh value.
  T& edit() {
    if (box_ == nullptr) {
      *this = make();
    } else if (box_->owners.load(std::memory_order_acquire) != 1) {
      *this = make(box_->value);
    }
    return box_->value;
  }

  friend bool operator==(const Shared& left, const Shared& right) noexcept {
    return left.box_ == right.box_;
  }

 private:
  struct Box {
    template <class... Args>
    explicit Box(Args&&... args) : value(std::forward<Args>(args)...) {}
    std::atomic<std::size_t> owners{1};
    T value;
  };

  Box* box_ = nullptr;
};

}  // namespace picket::base
