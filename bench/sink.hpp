#pragma once

// A server on the loopback for benches, in a process of its own: neither its CPU nor its memory is
// counted as ours. It keeps connections alive and reads requests without looking at them.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace picket::bench {

enum class Mood {
  well,
  hung,      // accepts and never answers
  slow,      // answers after 500 ms
  gone,      // nobody listens
  limiting,  // answers 429 every time
};

std::string_view name_of(Mood mood) noexcept;

class Sink {
 public:
  /// Errors: throws when there is no port or no process.
  explicit Sink(Mood mood = Mood::well);
  ~Sink();
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  [[nodiscard]] std::string dsn() const;

  /// A socket that is connected to it; the caller closes it.
  /// Errors: throws when there is none.
  [[nodiscard]] int connect() const;

  /// Requests that were read whole, and the bytes of their bodies.
  [[nodiscard]] std::uint64_t requests() const noexcept;
  [[nodiscard]] std::uint64_t bytes() const noexcept;

 private:
  struct Counts;

  Counts* counts_;  // shared with the process
  std::uint16_t port_ = 0;
  pid_t process_ = -1;
};

}  // namespace picket::bench
