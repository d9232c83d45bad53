#include "transport/job_queue.hpp"

#include <algorithm>
#include <utility>

namespace picket::transport {
namespace {

int value_of_lane(std::size_t lane) noexcept {
  return protocol::priority_of(static_cast<protocol::DataCategory>(lane));
}

}  // namespace

void JobQueue::push(Entry& entry, std::vector<Entry>& leaving) {
  if (!has_room(items_, bytes_, entry.bytes)) {
    // Nobody leaves in vain: either the less valuable make room together, or the new one goes.
    if (!can_make_room(protocol::priority_of(entry.quantity.category), entry.bytes)) {
      leaving.push_back(std::move(entry));
      return;
    }
    while (!has_room(items_, bytes_, entry.bytes)) evict_least(leaving);
  }
  const std::size_t bytes = entry.bytes;
  Lane& lane = lanes_[static_cast<std::size_t>(entry.quantity.category)];
  lane.entries.push_back(std::move(entry));
  lane.bytes += bytes;
  bytes_ += bytes;
  ++items_;
}

std::optional<JobQueue::Entry> JobQueue::pop() noexcept {
  Lane* first = nullptr;
  for (Lane& lane : lanes_) {
    if (lane.entries.empty()) continue;
    if (first == nullptr || lane.entries.front().ticket < first->entries.front().ticket) {
      first = &lane;
    }
  }
  if (first == nullptr) return std::nullopt;
  std::optional<Entry> entry = std::move(first->entries.front());
  first->entries.pop_front();
  first->bytes -= entry->bytes;
  bytes_ -= entry->bytes;
  --items_;
  return entry;
}

std::uint64_t JobQueue::oldest() const noexcept {
  std::uint64_t oldest = kNone;
  for (const Lane& lane : lanes_) {
    if (!lane.entries.empty()) oldest = std::min(oldest, lane.entries.front().ticket);
  }
  return oldest;
}

bool JobQueue::has_room(std::size_t items, std::size_t bytes,
                        std::size_t more_bytes) const noexcept {
  return items < max_items_ && bytes <= max_bytes_ && more_bytes <= max_bytes_ - bytes;
}

bool JobQueue::can_make_room(int value, std::size_t bytes) const noexcept {
  std::size_t kept_items = items_;
  std::size_t kept_bytes = bytes_;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (value_of_lane(i) >= value) continue;
    kept_items -= lanes_[i].entries.size();
    kept_bytes -= lanes_[i].bytes;
  }
  return has_room(kept_items, kept_bytes, bytes);
}

void JobQueue::evict_least(std::vector<Entry>& leaving) {
  Lane* least = nullptr;
  int least_value = 0;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i].entries.empty()) continue;
    const int value = value_of_lane(i);
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
