#pragma once

// What the kernel says of a thread in `/proc`: its name, its state, and the signals it blocks. For
// `thread_stacks.hpp` alone, and async-signal-safe like it.

#include "stacktrace/thread_stacks.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <span>
#include <string_view>

namespace picket::stacktrace {

/// A file of /proc, as much as fits. Closed at its end.
class SmallFile {
 public:
  SmallFile(int folder, const char* path) noexcept
      : descriptor_(openat(folder, path, O_RDONLY | O_CLOEXEC)) {}
  ~SmallFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  SmallFile(const SmallFile&) = delete;
  SmallFile& operator=(const SmallFile&) = delete;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  std::string_view read(std::span<char> room) const noexcept {
    if (descriptor_ < 0) return {};
    std::size_t size = 0;
    while (size < room.size()) {
      const ssize_t got = ::read(descriptor_, room.data() + size, room.size() - size);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      size += static_cast<std::size_t>(got);
    }
    return {room.data(), size};
  }

 private:
  int descriptor_;
};

/// Sets name and state of the thread `id`; true when it blocks `signal`.
bool read_status(int id, int signal, ThreadStack& thread) noexcept;

/// Of threads that no signal wakes, or that have nothing to say.
bool is_deaf(char state) noexcept;

}  // namespace picket::stacktrace
