// How a spool takes over what processes that are gone left behind.

#include "base/diagnostics.hpp"
#include "transport/spool_file.hpp"
#include "transport/spool_impl.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace picket::transport {
namespace {

// No process with sensible bounds writes larger files. They are never read into memory.
constexpr std::uint64_t kReadable = 64U << 20U;
constexpr std::uint64_t kMaxReadable = 1U << 30U;  // offsets have 32 bits

using Counts = std::array<std::uint64_t, protocol::kDataCategoryCount>;

std::vector<protocol::Quantity> to_quantities(const Counts& counts) {
  std::vector<protocol::Quantity> quantities;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) quantities.push_back({static_cast<protocol::DataCategory>(i), counts[i]});
  }
  return quantities;
}

}  // namespace

std::optional<Spool::TakenOver> FileSpool::take_over(std::vector<Lost>& lost) {
  hand_over(lost);
  while (const auto name = directory_.next_abandoned()) {
    if (auto found = try_take_over(*name, lost)) return found;
  }
  return std::nullopt;
}

void FileSpool::leave_alone(const std::string& name, std::string_view why) noexcept {
  if (std::exchange(said_alone_, true)) return;
  diag::warn("the spool in '{}' leaves '{}' alone, {}: send or remove it by other means",
             directory_.path(), name, why);
}

/// Looks at the file first and takes it then: what is left alone keeps its name.
std::optional<Spool::TakenOver> FileSpool::try_take_over(const std::string& name,
                                                         std::vector<Lost>& lost) {
  const auto origin = directory_.parse(name);
  const Descriptor file = directory_.open_file(name, O_RDWR);
  const auto size = size_of_own_file(file);
  if (!origin || !size) return std::nullopt;
  if (*size > std::clamp<std::uint64_t>(settings_.max_bytes, kReadable, kMaxReadable)) {
    leave_alone(name, "which is larger than any we write");
    return std::nullopt;
  }
  const auto header = read_exactly(file, 0, std::min<std::uint64_t>(*size, kSegmentHeaderSize));
  if (!header) return std::nullopt;
  bytes_read_ += header->size();
  if (SegmentReader(*header).is_newer()) {
    leave_alone(name, "which a newer version of this library wrote");
    return std::nullopt;
  }

  const std::uint32_t serial = ++last_serial_;
  Segment segment;
  segment.serial = serial;
  segment.origin = *origin;
  segment.name = directory_.own_name(*origin, serial);
  if (!directory_.adopt(name, segment.name)) return std::nullopt;
  directory_unsynced_ = true;
  TakenOver found;
  const auto bytes = read_exactly(file, 0, *size);
  if (!bytes) {
    found.damaged = 1;  // it stays on disk for a process that is luckier
    ++damaged_;
    return found;
  }
  bytes_read_ += bytes->size();
  segment.size = *size;
  total(origin->worth).bytes += *size;
  segments_.emplace(serial, std::move(segment));
  load(serial, file, *bytes, found, lost);
  if (found.damaged > 0) {
    diag::warn(
        "{} places of a file in the spool '{}' made no sense and were skipped: the disk may "
        "be failing",
        found.damaged, directory_.path());
  }
  settle(serial);
  while (!is_room_for(0, 0, true)) evict(next_to_leave(), lost);
  return found;
}

/// Finds what is alive in a segment, and cuts off what its process could not finish.
void FileSpool::load(std::uint32_t serial, const Descriptor& file, std::string_view bytes,
                     TakenOver& found, std::vector<Lost>& lost) {
  Segment& segment = segments_.at(serial);
  SegmentReader first(bytes);
  std::vector<std::uint64_t> ended;
  while (const auto record = first.next()) {
    if (const auto* const tombstone = std::get_if<Tombstone>(&record->record)) {
      ended.push_back(tombstone->offset);
    }
  }
  std::sort(ended.begin(), ended.end());
  found.damaged = first.damaged();
  damaged_ += first.damaged();

  Counts counts{};
  SegmentReader second(bytes);
  while (auto record = second.next()) {
    auto* const stored = std::get_if<SpooledEnvelope>(&record->record);
    if (stored == nullptr) continue;
    if (std::binary_search(ended.begin(), ended.end(), record->offset)) continue;
    ++found.envelopes;
    for (const protocol::Quantity& quantity : stored->quantities) {
      counts[static_cast<std::size_t>(quantity.category)] += quantity.count;
    }
    admit(serial, *record, *stored, lost);
  }
  found.quantities = to_quantities(counts);

  if (first.end() < segment.size && ::ftruncate(file.get(), static_cast<off_t>(first.end())) == 0) {
    total(segment.origin.worth).bytes -= segment.size - first.end();
    segment.size = first.end();
  }
}

/// An envelope from the future is a new one: then the clock was wrong, not the envelope.
void FileSpool::admit(std::uint32_t serial, const SegmentReader::Found& record,
                      SpooledEnvelope& stored, std::vector<Lost>& lost) {
  const auto stored_at =
      std::chrono::floor<std::chrono::milliseconds>(stored.stored_at.time_since_epoch()).count();
  const auto latest = static_cast<std::int64_t>(now_ms());
  Entry entry{.offset = static_cast<std::uint32_t>(record.offset),
              .size = static_cast<std::uint32_t>(record.size)};
  entry.set_stored(static_cast<std::uint64_t>(std::clamp<std::int64_t>(stored_at, 0, latest)));
  entry.set_kind(stored.priority, stored.category);
  if (is_too_old(entry)) {
    segments_.at(serial).ended.push_back(entry.offset);
    lost.push_back({.reason = protocol::DiscardReason::cache_overflow,
                    .event_id = stored.event_id,
                    .quantities = std::move(stored.quantities),
                    .reported = std::move(stored.reported)});
    return;
  }
  add_entry(serial, entry);
}

}  // namespace picket::transport
