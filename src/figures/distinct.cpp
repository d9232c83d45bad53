#include "figures/distinct.hpp"

#include <functional>

namespace picket::figures {

std::uint64_t hash_of_user(std::string_view text) noexcept {
  // The steps after the hash spread it over all bits, whatever the standard library's is like.
  std::uint64_t mixed = std::hash<std::string_view>{}(text) + 0x9e3779b97f4a7c15U;
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
  mixed ^= mixed >> 31U;
  return mixed == 0 ? 1 : mixed;
}

void Distinct::add(std::uint64_t hash) {
  const bool is_full = smallest_.size() == kMost;
  if (is_full && hash > *smallest_.rbegin()) {
    is_estimate_ = true;
    return;
  }
  if (!smallest_.insert(hash).second || !is_full) return;
  is_estimate_ = true;
  smallest_.erase(std::prev(smallest_.end()));
}

std::uint64_t Distinct::count() const noexcept {
  if (!is_estimate_) return smallest_.size();
  constexpr double kHashes = 18446744073709551616.0;  // 2^64
  const double covered = static_cast<double>(*smallest_.rbegin()) / kHashes;
  return static_cast<std::uint64_t>(static_cast<double>(kMost - 1) / covered);
}

}  // namespace picket::figures
