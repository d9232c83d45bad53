#pragma once

// A `BreadcrumbChunk` holds a few breadcrumbs and their texts, which never move and never change
// once written. Who may write is settled by `claim`: whoever has seen exactly the first `n` entries
// may claim entry `n`, once. So a writer has always seen all that was written before it, and no two
// write at a time; readers keep to the entries that they have seen, and nobody needs a lock.

#include "protocol/write.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace picket::scope {

/// Memory for texts, given out piece by piece and given back all at once.
class TextArena {
 public:
  static constexpr std::size_t kMinBlock = 512;
  static constexpr std::size_t kMaxBlock = 8192;  // larger only for one larger text

  /// `expected`: how many bytes are likely to be taken in total.
  explicit TextArena(std::size_t expected) noexcept;
  TextArena(const TextArena&) = delete;
  TextArena& operator=(const TextArena&) = delete;
  ~TextArena();

  char* take(std::size_t size) {
    if (size > room_) grow(size);
    room_ -= size;
    return std::exchange(next_, next_ + size);
  }

 private:
  struct Block {
    Block* older;
  };

  void grow(std::size_t size);

  Block* newest_ = nullptr;
  char* next_ = nullptr;
  std::size_t room_ = 0;
  std::size_t block_size_;
};

/// Threads: see above.
class BreadcrumbChunk {
 public:
  static constexpr std::size_t kCapacity = 32;

  explicit BreadcrumbChunk(std::size_t expected_text) noexcept : texts_(expected_text) {}

  /// True if the caller, who has seen the entries below `index`, may write that entry.
  bool claim(std::size_t index) noexcept {
    // What the winner goes on to touch was handed to it along with the trail, in order; the
    // exchange has only to pick one.
    return index < kCapacity &&
           tail_.compare_exchange_strong(index, index + 1, std::memory_order_relaxed);
  }

  /// Writes the entry that was claimed; its texts are within the limits of `breadcrumb_trail.hpp`.
  void write(std::size_t index, const protocol::BreadcrumbView& breadcrumb);

  [[nodiscard]] protocol::BreadcrumbView at(std::size_t index) const noexcept;

 private:
  struct Entry {
    WallTime timestamp{};
    const char* texts = nullptr;  // type, category, message, data, one behind the other
    std::uint16_t message_size = 0;
    std::uint16_t data_size = 0;
    std::uint8_t type_size = 0;
    std::uint8_t category_size = 0;
    Level level = Level::info;
  };

  std::atomic<std::size_t> tail_{0};  // the next entry that may be claimed
  std::array<Entry, kCapacity> entries_{};
  TextArena texts_;
};

/// The chunks before the newest one of a trail, as far as they may still be needed.
/// Threads: immutable; any.
struct BreadcrumbPast {
  struct Segment {
    std::shared_ptr<const BreadcrumbChunk> chunk{};
    std::size_t count = 0;  // its first entries, those that belong to the trail
    std::size_t bytes = 0;  // of their texts
  };

  std::vector<Segment> segments{};  // oldest first
  std::size_t total = 0;            // entries of all segments
  std::size_t bytes = 0;
};

}  // namespace picket::scope
