#pragma once

// An `ErrorLimiter` lets so many errors of one type through per minute of the clock, and remembers
// how many it held back: the first that leaves in a later minute tells. Types are hashes of class
// names, see `admission_types.hpp`.

#include "base/lru_map.hpp"
#include "picket/options.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>

namespace picket::client {

/// Of a class name without its namespace.
using TypeKey = std::uint64_t;
inline constexpr TypeKey kNoType = 0;  // messages, and events without an exception

/// Threads: any.
/// Spec:    S12.2, S12.3.
class ErrorLimiter {
 public:
  ErrorLimiter(const ErrorLimit& limit, Clock clock);

  [[nodiscard]] bool is_on() const noexcept { return limit_.per_type > 0 || limit_.total > 0; }

  struct Grant {
    bool is_granted = true;
    std::uint64_t suppressed = 0;  // since the last grant of the type
  };

  /// Takes one unit, unless `ask` took it for this thread.
  Grant take(TypeKey type);

  /// What a grant said was suppressed did not leave after all; the next grant says it again.
  void give_back(TypeKey type, std::uint64_t suppressed);

  /// Takes one unit for the next `take` of this thread.
  [[nodiscard]] bool ask(TypeKey type);

  /// How many types are remembered.
  [[nodiscard]] std::size_t size() const;

 private:
  struct Budget {
    std::int64_t minute = -1;
    std::uint64_t taken = 0;
    std::uint64_t suppressed = 0;

    void begin(std::int64_t now) noexcept;
  };

  // All of these are called with the lock held.
  Budget& budget_of(TypeKey type) { return type == kNoType ? untyped_ : types_.use(type); }
  [[nodiscard]] bool take_unit(TypeKey type, Budget& budget, std::int64_t now) noexcept;

  const ErrorLimit limit_;
  const Clock clock_;
  const std::uint64_t serial_;  // tells limiters apart, also when one has the address of another
  mutable std::mutex mutex_;
  base::LruMap<Budget> types_;
  Budget untyped_{};
  Budget total_{};
};

}  // namespace picket::client
