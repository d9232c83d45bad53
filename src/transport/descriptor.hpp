#pragma once

// A file descriptor that is closed when its owner goes, and in the child of a fork: there it would
// keep alive the locks of a parent that may be gone.

#include <sys/types.h>

#include <utility>

namespace picket::transport {

/// Threads: one at a time.
class Descriptor {
 public:
  Descriptor() noexcept = default;
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  ~Descriptor() { close(); }

  /// `openat` with `O_CLOEXEC`; `directory` may be `AT_FDCWD`.
  /// Errors: an empty one, and `errno` says why.
  static Descriptor open_at(int directory, const char* name, int flags, mode_t mode = 0) noexcept;

  void close() noexcept;
  [[nodiscard]] int get() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }

 private:
  explicit Descriptor(int number) noexcept : number_(number) {}

  int number_ = -1;
};

}  // namespace picket::transport
