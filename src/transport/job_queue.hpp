#pragma once

// The worker's queue: first in, first out, bounded by items and by bytes. When it is full it gives
// up what is worth least, and of equals the newest: the first errors of an incident say most.
// Locking, waking and accounting are the worker's.

#include "protocol/loss_ledger.hpp"
#include "transport/worker.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

namespace picket::transport {

class JobQueue {
 public:
  struct Entry {
    std::unique_ptr<Job> job{};
    // Asked once, so that no job is called under the lock.
    protocol::Quantity quantity{};
    protocol::Quantity companion{};
    std::size_t bytes = 0;
    std::uint64_t ticket = 0;  // grows with every push
  };

  static constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

  JobQueue(std::size_t max_items, std::size_t max_bytes)
      : max_items_(max_items), max_bytes_(max_bytes) {}

  /// Moves `entry` in; whoever has to leave for it, or `entry` itself, is moved to `leaving`.
  /// Errors: without memory it throws; `entry` is then untouched.
  void push(Entry& entry, std::vector<Entry>& leaving);

  /// The oldest entry.
  std::optional<Entry> pop() noexcept;

  /// The ticket of the oldest entry, or `kNone`.
  [[nodiscard]] std::uint64_t oldest() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return items_; }

 private:
  // One lane per category: the next entry is the oldest front, the victim a back.
  struct Lane {
    std::deque<Entry> entries{};
    std::size_t bytes = 0;
  };

  [[nodiscard]] bool has_room(std::size_t items, std::size_t bytes,
                              std::size_t more_bytes) const noexcept;
  [[nodiscard]] bool can_make_room(int value, std::size_t bytes) const noexcept;
  void evict_least(std::vector<Entry>& leaving);

  std::size_t max_items_;
  std::size_t max_bytes_;
  std::size_t items_ = 0;
  std::size_t bytes_ = 0;
  std::array<Lane, protocol::kDataCategoryCount> lanes_{};
};

}  // namespace picket::transport
