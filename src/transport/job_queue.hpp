#pragma once

// The worker's queue: one lane per data category and one for fatal events, bounded together by
// items and by bytes. When it is full it gives up what is worth least, and of equals the newest:
// the first errors of an incident say most. Lanes take turns by weight, so a flood of logs or
// transactions does not hold up errors, nor the other way round. Locking, waking and accounting
// are the worker's.

#include "picket/event_id.hpp"
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
    int priority = 0;
    EventId event_id{};
  };

  static constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

  JobQueue(std::size_t max_items, std::size_t max_bytes)
      : max_items_(max_items), max_bytes_(max_bytes) {}

  /// Moves `entry` in; whoever has to leave for it, or `entry` itself, is moved to `leaving`. The
  /// last sixteenth of the room is kept for fatal events.
  /// Errors: without memory it throws; `entry` is then untouched.
  void push(Entry& entry, std::vector<Entry>& leaving);

  /// The oldest entry of the lane whose turn it is; fatal ones first. Lanes of priority 5 to 1 get
  /// that many turns of every round. Spec: P7.7.
  std::optional<Entry> pop() noexcept;

  /// The most valuable entry, of equals the oldest, with a ticket of at most `last_ticket`.
  std::optional<Entry> pop_most_valuable(std::uint64_t last_ticket = kNone) noexcept;

  /// The ticket of the oldest entry, or `kNone`.
  [[nodiscard]] std::uint64_t oldest() const noexcept;
  [[nodiscard]] bool has(std::uint64_t ticket) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return items_; }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return bytes_; }

 private:
  struct Lane {
    std::deque<Entry> entries{};
    std::size_t bytes = 0;
    int credit = 0;  // grows while others have their turn
  };

  static constexpr std::size_t kLanes = protocol::kDataCategoryCount + 1;
  static constexpr std::size_t kFatalLane = protocol::kDataCategoryCount;

  static std::size_t lane_of(const Entry& entry) noexcept;
  static int value_of(std::size_t lane) noexcept;
  [[nodiscard]] bool has_room(std::size_t items, std::size_t bytes, const Entry& more,
                              bool fatal) const noexcept;
  [[nodiscard]] bool can_make_room(const Entry& entry, bool fatal) const noexcept;
  void evict_least(std::vector<Entry>& leaving);
  Entry take(Lane& lane) noexcept;

  std::size_t max_items_;
  std::size_t max_bytes_;
  std::size_t items_ = 0;
  std::size_t bytes_ = 0;
  std::array<Lane, kLanes> lanes_{};
};

}  // namespace picket::transport
