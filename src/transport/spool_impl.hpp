#pragma once

// The real `Spool`: what its files share. `spool.cpp` stores and makes room, `spool_take.cpp` gives
// out, `spool_take_over.cpp` looks after what others left.

#include "transport/spool.hpp"
#include "transport/spool_directory.hpp"
#include "transport/spool_format.hpp"
#include "transport/spool_index.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace picket::transport {

class FileSpool final : public Spool {
 public:
  FileSpool(SpoolSettings settings, SpoolDirectory directory);
  ~FileSpool() override;

  std::optional<Id> store(const protocol::OutgoingEnvelope& envelope, int priority,
                          protocol::DataCategory category,
                          const std::vector<protocol::Loss>& reported,
                          std::vector<Lost>& lost) override;
  bool sync() override;
  std::optional<TakenOver> take_over(std::vector<Lost>& lost) override;
  std::optional<Parcel> take(const std::function<bool(protocol::DataCategory)>& may_go,
                             std::vector<Lost>& lost) override;
  void hold(Id id) noexcept override;
  void put_back(Id id) noexcept override;
  void remove(Id id) noexcept override;
  void purge(std::vector<Lost>& lost) override;
  [[nodiscard]] Figures figures() const noexcept override;

 private:
  enum class State : std::uint8_t { waiting, taken, gone };

  /// An envelope in a segment; with its place in the index 32 bytes.
  struct Entry {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
    std::uint32_t stored_ms_low = 0;
    std::uint16_t stored_ms_high = 0;
    std::uint8_t kind = 0;  // priority and category
    State state = State::waiting;

    void set_stored(std::uint64_t ms) noexcept;
    void set_kind(int priority, protocol::DataCategory category) noexcept;
    [[nodiscard]] std::uint64_t stored_ms() const noexcept;
    [[nodiscard]] int priority() const noexcept { return kind >> 4U; }
    [[nodiscard]] protocol::DataCategory category() const noexcept {
      return static_cast<protocol::DataCategory>(kind & 15U);
    }
  };
  static_assert(sizeof(Entry) == 16 && protocol::kDataCategoryCount <= 16);

  struct Segment {
    std::uint32_t serial = 0;
    SegmentName origin{};
    std::string name{};
    Descriptor file{};                   // open while it is the active one
    std::uint64_t size = 0;              // on disk
    std::size_t live = 0;                // waiting and taken
    std::vector<Entry> entries{};        // in the order of the file; never shrinks
    std::vector<std::uint32_t> ended{};  // offsets of entries without a tombstone on disk yet
    bool unsynced = false;
  };

  struct Total {
    std::size_t bytes = 0;  // on disk
    std::size_t items = 0;  // live
  };

  // Ids and time.
  static Id id_of(std::uint32_t segment, std::size_t place) noexcept;
  [[nodiscard]] Segment* segment_of(Id id) noexcept;
  [[nodiscard]] Entry* entry_of(Id id) noexcept;  // none when it is gone
  [[nodiscard]] bool is_waiting(const SpoolIndex::Ref& ref) noexcept;
  [[nodiscard]] std::uint64_t now_ms() const noexcept;
  [[nodiscard]] WallTime now() const noexcept;
  void hand_over(std::vector<Lost>& lost);

  // Room.
  [[nodiscard]] std::size_t charge(Worth worth) const noexcept;
  [[nodiscard]] bool is_room_for(std::size_t bytes, std::size_t items, bool beside_lesser) const;
  bool make_room(Worth worth, std::size_t bytes, std::vector<Lost>& lost);
  [[nodiscard]] std::uint32_t oldest(Worth worth) const noexcept;
  [[nodiscard]] std::uint32_t next_to_leave() const noexcept;
  void evict(std::uint32_t serial, std::vector<Lost>& lost);
  Total& total(Worth worth) noexcept { return totals_[static_cast<std::size_t>(worth)]; }
  [[nodiscard]] const Total& total(Worth worth) const noexcept {
    return totals_[static_cast<std::size_t>(worth)];
  }

  // Writing.
  std::uint32_t& active(Worth worth) noexcept { return active_[static_cast<std::size_t>(worth)]; }
  std::uint32_t writable_segment(Worth worth, std::size_t bytes);
  std::uint32_t make_segment(Worth worth);
  void close_active(Worth worth) noexcept;
  bool append(Segment& segment, std::string_view first, std::string_view second);
  void add_entry(std::uint32_t serial, const Entry& entry);
  void fail(int code) noexcept;
  [[nodiscard]] bool is_resting() const noexcept;

  // Reading and ending.
  /// The file of a segment; the last one that was opened for this stays open.
  /// Errors: an empty one, and `errno` says why.
  const Descriptor& file_of(const Segment& segment) noexcept;
  std::optional<std::string> read(const Descriptor& file, const Entry& entry);
  std::optional<Parcel> parcel_of(const Descriptor& file, const Entry& entry);
  [[nodiscard]] bool is_too_old(const Entry& entry) const noexcept;
  Lost lost_of(const Segment& segment, const Entry& entry, protocol::DiscardReason reason);
  void end(Segment& segment, Entry& entry);
  void settle(std::uint32_t serial) noexcept;
  void write_tombstones(Segment& segment) noexcept;
  void drop_segment(std::uint32_t serial) noexcept;

  // Taking over.
  std::optional<TakenOver> try_take_over(const std::string& name, std::vector<Lost>& lost);
  void load(std::uint32_t serial, const Descriptor& file, std::string_view bytes, TakenOver& found,
            std::vector<Lost>& lost);
  void admit(std::uint32_t serial, const SegmentReader::Found& record, SpooledEnvelope& stored,
             std::vector<Lost>& lost);
  void leave_alone(const std::string& name, std::string_view why) noexcept;

  const SpoolSettings settings_;
  const std::size_t segment_bytes_;
  const std::size_t segment_items_;
  const WallTime opened_wall_;  // ages follow the steady clock from here on
  const SteadyTime opened_steady_;

  SpoolDirectory directory_;
  SpoolIndex index_;
  std::unordered_map<std::uint32_t, Segment> segments_;  // by serial number
  std::uint32_t last_serial_ = 0;
  std::array<std::uint32_t, 2> active_{};  // by `Worth`; 0: none
  std::array<Total, 2> totals_{};          // by `Worth`
  std::map<Id, Lost> evicted_;             // taken when their segment had to go
  std::vector<Lost> unclaimed_;            // lost in a call that could not say so
  Descriptor reopened_;                    // the file of one segment that is not active
  std::uint32_t reopened_serial_ = 0;
  SteadyTime resting_until_{};
  bool directory_unsynced_ = true;  // the lock was made in it
  bool said_full_ = false;
  bool said_alone_ = false;
  std::uint64_t damaged_ = 0;
  std::uint64_t bytes_read_ = 0;
};

}  // namespace picket::transport
