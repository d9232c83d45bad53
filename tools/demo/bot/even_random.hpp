#pragma once

// Random numbers for runs whose outcome is to be known beforehand: of any ten in a row one lies in
// each tenth of [0, 1), of any hundred one in each hundredth, and so on.

#include <atomic>
#include <cstdint>

namespace bot {

/// The digits of a counter in reverse, behind the point: 0.0, 0.1, …, 0.9, 0.01, 0.11, ….
/// Threads: any.
class EvenRandom {
 public:
  double operator()() noexcept {
    double number = 0;
    double place = 0.1;
    for (std::uint64_t rest = next_.fetch_add(1); rest != 0; rest /= 10) {
      number += place * static_cast<double>(rest % 10);
      place /= 10;
    }
    return number;
  }

 private:
  std::atomic<std::uint64_t> next_{0};
};

}  // namespace bot
