#pragma once

// `Distinct` counts different things by their hashes, without keeping the things. Up to `kMost` it
// counts exactly; from then on it keeps the smallest hashes and estimates from how densely they lie
// how many there are: within about 5 %.

#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>

namespace picket::figures {

/// A hash of which every bit depends on the whole text; never 0.
std::uint64_t hash_of_user(std::string_view text) noexcept;

/// Threads: one at a time.
class Distinct {
 public:
  static constexpr std::size_t kMost = 4096;

  void add(std::uint64_t hash);
  [[nodiscard]] std::uint64_t count() const noexcept;

 private:
  std::set<std::uint64_t> smallest_;
  bool is_estimate_ = false;
};

}  // namespace picket::figures
