#pragma once

// What the bytes of a spool segment mean; no files here. `spool.hpp` says what segments are for.
//
// All numbers are little-endian. A segment begins with a header, the same in every version:
//
//    0  8   magic: 89 'p' 'i' 'c' 'k' 'e' 't' 0a
//    8  u32 version of the format, 1
//   12  i64 when it was made, microseconds since 1970
//   20  u32 CRC-32 of the bytes before
//
// Records follow without gaps:
//
//    0  u32 marker 'P' 'K' 'R' '1'
//    4  u32 CRC-32 of all bytes of the record behind this one
//    8  u32 how many bytes follow
//   12  u8  1: an envelope                         |  2: a tombstone
//   13  u8  its priority, 0 to 7                   |  0
//   14  u8  the category of its first item         |  0
//   15  u8  flags: none yet, 0                     |  0
//   16  u16 how many quantities, u16 reported      |  u64 offset of the envelope that
//   20  i64 when it was stored                     |      has come to its end
//   28  16  the event id, nil when it has none
//   44  u32 length of the DSN, u32 of the trace
//   52  quantities: u8 category, u64 count
//       reported losses: u8 reason, u8 category, u64 count
//       DSN, trace, body
//
// Categories and reasons are the numbers of `protocol/data_category.hpp`: whoever changes those
// raises the version. There is no `sent_at`: it belongs to the moment of sending. Spec: P7.13.
//
// A reader trusts no length. What a process could not finish writing ends a segment; bytes that
// make no sense in its middle are skipped up to the next record whose checksum fits.

#include "picket/clock.hpp"
#include "picket/event_id.hpp"
#include "protocol/loss_ledger.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace picket::transport {

inline constexpr std::uint32_t kSpoolVersion = 1;
inline constexpr std::size_t kSegmentHeaderSize = 24;
inline constexpr std::size_t kTombstoneSize = 24;
inline constexpr int kMaxSpoolPriority = 7;

/// An envelope in a segment.
/// Lifetime: the texts are views, of the caller's or of the bytes it was read from.
struct SpooledEnvelope {
  WallTime stored_at{};
  int priority = 0;
  protocol::DataCategory category{};
  EventId event_id{};
  std::vector<protocol::Quantity> quantities{};
  std::vector<protocol::Loss> reported{};
  std::string_view dsn{};
  std::string_view trace{};
  std::string_view body{};
};

/// Says that the envelope at `offset` of the same segment has come to its end.
struct Tombstone {
  std::uint64_t offset = 0;
};

using SpoolRecord = std::variant<SpooledEnvelope, Tombstone>;

std::string encode_segment_header(WallTime created);
std::string encode(const Tombstone& tombstone);

/// The record up to its body, which has to be written right behind it.
/// Errors: nothing when it is too large for a record, which no envelope is.
std::optional<std::string> encode_before_body(const SpooledEnvelope& envelope);

/// Reads `bytes` as one record, all of it.
/// Errors: nothing when the checksum does not fit or a member makes no sense.
std::optional<SpoolRecord> decode_spool_record(std::string_view bytes);

/// Goes through the records of a segment.
class SegmentReader {
 public:
  struct Found {
    std::size_t offset = 0;
    std::size_t size = 0;
    SpoolRecord record{};
  };

  /// Lifetime: `segment` outlives the reader and what it found.
  explicit SegmentReader(std::string_view segment);

  /// A segment of a later version: nothing is read from it, leave it alone.
  [[nodiscard]] bool is_newer() const noexcept { return newer_; }

  /// The next record whose checksum fits. All calls together take a time linear in the size of the
  /// segment, whatever is in it.
  std::optional<Found> next();

  /// Places that were skipped so far, apart from an unfinished end.
  [[nodiscard]] std::size_t damaged() const noexcept { return damaged_; }

  /// Behind the last record that made sense.
  [[nodiscard]] std::size_t end() const noexcept { return end_; }

 private:
  [[nodiscard]] std::optional<Found> read_at(std::size_t offset) const;
  [[nodiscard]] std::size_t search_from(std::size_t offset);
  [[nodiscard]] bool is_unfinished(std::size_t offset) const noexcept;
  void note_damage() noexcept;

  std::string_view segment_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::size_t damaged_ = 0;
  std::size_t patience_ = 0;  // bytes that searches may still checksum
  bool in_damage_ = false;
  bool newer_ = false;
};

}  // namespace picket::transport
