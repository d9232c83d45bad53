#pragma once

// Storm control: of equal errors the first leaves, then number 10, 100, 1000 and so on, each with
// its number. What is equal is said in `Options::storm_control`.

#include "base/lru_map.hpp"
#include "client/admission_candidate.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>

namespace picket::client {

/// Threads: any.
class StormControl {
 public:
  /// Remembers so many different errors, those seen last.
  static constexpr std::size_t kMaxErrors = 1000;

  explicit StormControl(bool is_on) noexcept : is_on_(is_on), seen_(kMaxErrors) {}

  [[nodiscard]] bool is_on() const noexcept { return is_on_; }

  /// How many errors equal to this one there were, with it.
  std::uint64_t count(const Candidate& candidate);

  /// Whether the error of that number leaves.
  [[nodiscard]] static bool leaves(std::uint64_t number) noexcept;

 private:
  const bool is_on_;
  std::mutex mutex_;
  base::LruMap<std::uint64_t> seen_;
};

}  // namespace picket::client
