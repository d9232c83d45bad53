#include "transport/job_queue.hpp"

#include <algorithm>
#include <utility>

namespace picket::transport {
namespace {

constexpr std::size_t kShareOfFatal = 16;

}  // namespace

std::size_t JobQueue::lane_of(const Entry& entry) noexcept {
  return entry.priority >= protocol::kFatalPriority
             ? kFatalLane
             : static_cast<std::size_t>(entry.quantity.category);
}

int JobQueue::value_of(std::size_t lane) noexcept {
  return lane == kFatalLane ? protocol::kFatalPriority
                            : protocol::priority_of(static_cast<protocol::DataCategory>(lane));
}

void JobQueue::push(Entry& entry, std::vector<Entry>& leaving) {
  const std::size_t number = lane_of(entry);
  const bool fatal = number == kFatalLane;
  if (!has_room(items_, bytes_, entry, fatal)) {
    // Nobody leaves in vain: either the less valuable make room together, or the new one goes.
    if (!can_make_room(entry, fatal)) {
      leaving.push_back(std::move(entry));
      return;
    }
    while (!has_room(items_, bytes_, entry, fatal)) evict_least(leaving);
  }
  const std::size_t bytes = entry.bytes;
  Lane& lane = lanes_[number];
  lane.entries.push_back(std::move(entry));
  lane.bytes += bytes;
  bytes_ += bytes;
  ++items_;
}

std::optional<JobQueue::Entry> JobQueue::pop() noexcept {
  if (items_ == 0) return std::nullopt;
  if (!lanes_[kFatalLane].entries.empty()) return take(lanes_[kFatalLane]);
  // Smooth weighted round robin: whoever has waited longest for its weight is next.
  Lane* next = nullptr;
  int total = 0;
  for (std::size_t i = 0; i < kFatalLane; ++i) {
    Lane& lane = lanes_[i];
    if (lane.entries.empty()) continue;
    lane.credit += value_of(i);
    total += value_of(i);
    if (next == nullptr || lane.credit > next->credit) next = &lane;
  }
  next->credit -= total;
  return take(*next);
}

std::optional<JobQueue::Entry> JobQueue::pop_most_valuable(std::uint64_t last_ticket) noexcept {
  Lane* best = nullptr;
  int best_value = 0;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    Lane& lane = lanes_[i];
    if (lane.entries.empty() || lane.entries.front().ticket > last_ticket) continue;
    const int value = value_of(i);
    const bool older = best != nullptr && value == best_value &&
                       lane.entries.front().ticket < best->entries.front().ticket;
    if (best == nullptr || value > best_value || older) {
      best = &lane;
      best_value = value;
    }
  }
  if (best == nullptr) return std::nullopt;
  return take(*best);
}

JobQueue::Entry JobQueue::take(Lane& lane) noexcept {
  Entry entry = std::move(lane.entries.front());
  lane.entries.pop_front();
  lane.bytes -= entry.bytes;
  bytes_ -= entry.bytes;
  --items_;
  if (lane.entries.empty()) lane.credit = 0;
  return entry;
}

std::uint64_t JobQueue::oldest() const noexcept {
  std::uint64_t oldest = kNone;
  for (const Lane& lane : lanes_) {
    if (!lane.entries.empty()) oldest = std::min(oldest, lane.entries.front().ticket);
  }
  return oldest;
}

bool JobQueue::has(std::uint64_t ticket) const noexcept {
  return std::any_of(lanes_.begin(), lanes_.end(), [ticket](const Lane& lane) {
    return std::any_of(lane.entries.begin(), lane.entries.end(),
                       [ticket](const Entry& entry) { return entry.ticket == ticket; });
  });
}

bool JobQueue::has_room(std::size_t items, std::size_t bytes, const Entry& more,
                        bool fatal) const noexcept {
  const std::size_t most_items = fatal ? max_items_ : max_items_ - max_items_ / kShareOfFatal;
  const std::size_t most_bytes = fatal ? max_bytes_ : max_bytes_ - max_bytes_ / kShareOfFatal;
  return items < most_items && bytes <= most_bytes && more.bytes <= most_bytes - bytes;
}

bool JobQueue::can_make_room(const Entry& entry, bool fatal) const noexcept {
  const int value = value_of(lane_of(entry));
  std::size_t kept_items = items_;
  std::size_t kept_bytes = bytes_;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (value_of(i) >= value) continue;
    kept_items -= lanes_[i].entries.size();
    kept_bytes -= lanes_[i].bytes;
  }
  return has_room(kept_items, kept_bytes, entry, fatal);
}

void JobQueue::evict_least(std::vector<Entry>& leaving) {
  Lane* least = nullptr;
  int least_value = 0;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i].entries.empty()) continue;
    const int value = value_of(i);
    const bool newer = least != nullptr && value == least_value &&
                       lanes_[i].entries.back().ticket > least->entries.back().ticket;
    if (least == nullptr || value < least_value || newer) {
      least = &lanes_[i];
      least_value = value;
    }
  }
  leaving.push_back(std::move(least->entries.back()));
  least->entries.pop_back();
  least->bytes -= leaving.back().bytes;
  bytes_ -= leaving.back().bytes;
  --items_;
}

}  // namespace picket::transport
