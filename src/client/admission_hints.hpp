#pragma once

// What a debugging host is told about captures that will be hard to use: those that say nothing but
// the error, and those in a tight loop. Each place is named once for each. Without `debug` nothing
// of this happens.

#include "base/lru_map.hpp"
#include "client/admission_candidate.hpp"
#include "picket/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>

namespace picket::client {

/// Threads: any.
/// Spec:    S11.4.
class MisuseHints {
 public:
  /// Remembers so many places; one that was forgotten may be named again.
  static constexpr std::size_t kMaxPlaces = 256;

  /// More captures per second than these are a loop.
  static constexpr unsigned kMaxPerSecond = 20;

  MisuseHints(bool is_on, Clock clock);

  [[nodiscard]] bool is_on() const noexcept { return is_on_; }

  /// `type` is the hash of the exception's class.
  void look_at(const Candidate& candidate, std::uint64_t type);

 private:
  struct Pace {
    SteadyTime since{};
    unsigned count = 0;
    bool is_told = false;
  };

  [[nodiscard]] bool is_new_place(std::uint64_t site);
  [[nodiscard]] bool becomes_loop(std::uint64_t site_and_type);

  const bool is_on_;
  const Clock clock_;
  std::mutex mutex_;
  base::LruMap<bool> places_;  // that were told to have no context
  base::LruMap<Pace> paces_;   // by place and type
};

}  // namespace picket::client
