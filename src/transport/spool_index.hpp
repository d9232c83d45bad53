#pragma once

// In which order the envelopes of a spool leave: by priority, then by age, without those whose
// category has to wait. Each takes 16 bytes here, and each step a time logarithmic in their number.

#include "protocol/data_category.hpp"
#include "transport/spool_format.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <tuple>
#include <vector>

namespace picket::transport {

/// Threads: one at a time.
class SpoolIndex {
 public:
  /// Names an envelope by its segment and its place in there. Of equal age the first stored leaves
  /// first, which is what the numbers say.
  struct Ref {
    std::uint64_t stored_ms = 0;
    std::uint32_t segment = 0;
    std::uint32_t place = 0;

    friend bool operator>(const Ref& left, const Ref& right) noexcept {
      return std::tie(left.stored_ms, left.segment, left.place) >
             std::tie(right.stored_ms, right.segment, right.place);
    }
  };

  void push(int priority, protocol::DataCategory category, const Ref& ref) {
    Heap& heap = heap_of(priority, category);
    heap.push_back(ref);
    std::push_heap(heap.begin(), heap.end(), std::greater<>());
    ++size_;
  }

  /// Takes out the first whose category `may_go`. Those that no longer wait were never taken out:
  /// they are skipped here.
  template <class MayGo, class IsWaiting>
  std::optional<Ref> pop(MayGo&& may_go, IsWaiting&& is_waiting) {
    for (int priority = kMaxSpoolPriority; priority >= 0; --priority) {
      Heap* best = nullptr;
      for (std::size_t i = 0; i < protocol::kDataCategoryCount; ++i) {
        const auto category = static_cast<protocol::DataCategory>(i);
        Heap& heap = heap_of(priority, category);
        while (!heap.empty() && !is_waiting(heap.front())) pop_front(heap);
        if (heap.empty() || !may_go(category)) continue;
        if (best == nullptr || best->front() > heap.front()) best = &heap;
      }
      if (best != nullptr) return pop_front(*best);
    }
    return std::nullopt;
  }

  /// Forgets those that no longer wait when they are most of what is here.
  template <class IsWaiting>
  void tidy(std::size_t waiting, IsWaiting&& is_waiting) {
    if (size_ <= 2 * waiting + 64) return;
    size_ = 0;
    for (Heap& heap : heaps_) {
      std::erase_if(heap, [&](const Ref& ref) { return !is_waiting(ref); });
      heap.shrink_to_fit();
      std::make_heap(heap.begin(), heap.end(), std::greater<>());
      size_ += heap.size();
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }  // with those that are gone

 private:
  using Heap = std::vector<Ref>;

  Heap& heap_of(int priority, protocol::DataCategory category) noexcept {
    return heaps_[static_cast<std::size_t>(priority) * protocol::kDataCategoryCount +
                  static_cast<std::size_t>(category)];
  }

  Ref pop_front(Heap& heap) noexcept {
    std::pop_heap(heap.begin(), heap.end(), std::greater<>());
    const Ref ref = heap.back();
    heap.pop_back();
    --size_;
    return ref;
  }

  std::array<Heap, (kMaxSpoolPriority + 1) * protocol::kDataCategoryCount> heaps_{};
  std::size_t size_ = 0;
};

}  // namespace picket::transport
