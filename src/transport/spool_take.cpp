// How envelopes leave the spool.

#include "base/contain.hpp"
#include "transport/spool_file.hpp"
#include "transport/spool_impl.hpp"

#include <fcntl.h>

#include <cerrno>
#include <utility>

namespace picket::transport {

std::optional<Spool::Parcel> FileSpool::take(
    const std::function<bool(protocol::DataCategory)>& may_go, std::vector<Lost>& lost) {
  hand_over(lost);
  const auto waits = [this](const SpoolIndex::Ref& ref) { return is_waiting(ref); };
  std::vector<std::uint32_t> touched;
  std::optional<Parcel> parcel;
  while (const auto ref = index_.pop(may_go, waits)) {
    Segment& segment = segments_.at(ref->segment);
    Entry& entry = segment.entries[ref->place];
    const Descriptor& file = file_of(segment);
    if (!file && errno != ENOENT) {  // such as too many open files: it can be read later
      index_.push(entry.priority(), entry.category(), *ref);
      break;
    }
    if (!is_too_old(entry)) parcel = parcel_of(file, entry);
    if (parcel) {
      entry.state = State::taken;
      parcel->id = id_of(ref->segment, ref->place);
      break;
    }
    lost.push_back(lost_of(segment, entry, protocol::DiscardReason::cache_overflow));
    end(segment, entry);
    if (touched.empty() || touched.back() != ref->segment) touched.push_back(ref->segment);
  }
  for (const std::uint32_t serial : touched) settle(serial);
  return parcel;
}

void FileSpool::hold(Id id) noexcept {
  base::contain([&] {
    Entry* const entry = entry_of(id);
    if (entry != nullptr && entry->state == State::waiting) entry->state = State::taken;
  });
}

void FileSpool::put_back(Id id) noexcept {
  base::contain([&] {
    if (const auto gone = evicted_.find(id); gone != evicted_.end()) {
      unclaimed_.push_back(std::move(gone->second));
      evicted_.erase(gone);
      return;
    }
    Entry* const entry = entry_of(id);
    if (entry == nullptr || entry->state != State::taken) return;
    index_.push(entry->priority(), entry->category(),
                {.stored_ms = entry->stored_ms(),
                 .segment = static_cast<std::uint32_t>(id >> 32U),
                 .place = static_cast<std::uint32_t>(id)});
    entry->state = State::waiting;
  });
}

void FileSpool::remove(Id id) noexcept {
  base::contain([&] {
    if (evicted_.erase(id) > 0) return;
    Entry* const entry = entry_of(id);
    if (entry == nullptr) return;
    end(*segment_of(id), *entry);
    settle(static_cast<std::uint32_t>(id >> 32U));
  });
}

/// Envelopes leave a segment mostly one after the other, so opening it for each would be most of
/// the work.
const Descriptor& FileSpool::file_of(const Segment& segment) noexcept {
  if (segment.file) return segment.file;
  if (reopened_serial_ != segment.serial || !reopened_) {
    reopened_ = directory_.open_file(segment.name, O_RDWR);
    reopened_serial_ = segment.serial;
  }
  return reopened_;
}

std::optional<std::string> FileSpool::read(const Descriptor& file, const Entry& entry) {
  if (!file) return std::nullopt;
  auto bytes = read_exactly(file, entry.offset, entry.size);
  if (bytes) bytes_read_ += bytes->size();
  return bytes;
}

bool FileSpool::is_too_old(const Entry& entry) const noexcept {
  const auto age =
      static_cast<std::int64_t>(now_ms()) - static_cast<std::int64_t>(entry.stored_ms());
  return std::chrono::milliseconds(age) > settings_.max_age;
}

std::optional<Spool::Parcel> FileSpool::parcel_of(const Descriptor& file, const Entry& entry) {
  const auto bytes = read(file, entry);
  auto record = bytes ? decode_spool_record(*bytes) : std::nullopt;
  auto* const stored = record ? std::get_if<SpooledEnvelope>(&*record) : nullptr;
  if (stored == nullptr) return std::nullopt;
  protocol::OutgoingEnvelope::Header header{.event_id = stored->event_id,
                                            .dsn = std::string(stored->dsn),
                                            .trace = std::string(stored->trace)};
  return Parcel{.id = 0,
                .envelope = protocol::OutgoingEnvelope::restore(
                    std::move(header), std::string(stored->body), std::move(stored->quantities)),
                .reported = std::move(stored->reported)};
}

/// What is known of an envelope that leaves unsent. Of one that cannot be read any more that is its
/// category alone.
Spool::Lost FileSpool::lost_of(const Segment& segment, const Entry& entry,
                               protocol::DiscardReason reason) {
  const auto bytes = read(file_of(segment), entry);
  auto record = bytes ? decode_spool_record(*bytes) : std::nullopt;
  if (auto* const stored = record ? std::get_if<SpooledEnvelope>(&*record) : nullptr) {
    return {.reason = reason,
            .event_id = stored->event_id,
            .quantities = std::move(stored->quantities),
            .reported = std::move(stored->reported)};
  }
  return {.reason = protocol::DiscardReason::internal_sdk_error,
          .event_id = {},
          .quantities = {{entry.category(), 1}},
          .reported = {}};
}

void FileSpool::end(Segment& segment, Entry& entry) {
  segment.ended.push_back(entry.offset);
  entry.state = State::gone;
  --segment.live;
  --total(segment.origin.worth).items;
}

/// Writes down what ended; a segment in which everything has is removed at once.
void FileSpool::settle(std::uint32_t serial) noexcept {
  const auto found = segments_.find(serial);
  if (found == segments_.end()) return;
  if (found->second.live == 0) {
    drop_segment(serial);
  } else {
    write_tombstones(found->second);
  }
}

/// A disk that is full refuses them: then they wait for the next one, or for the segment to end.
void FileSpool::write_tombstones(Segment& segment) noexcept {
  if (segment.ended.empty()) return;
  base::contain([&] {
    const Descriptor& file = file_of(segment);
    if (!file) return;
    std::string bytes;
    for (const std::uint32_t offset : segment.ended) bytes += encode(Tombstone{offset});
    bool broken = false;
    if (append_whole(file, segment.size, bytes, {}, &broken) != 0) return;
    segment.size += bytes.size();
    total(segment.origin.worth).bytes += bytes.size();
    segment.ended.clear();
  });
}

void FileSpool::purge(std::vector<Lost>& lost) {
  hand_over(lost);
  for (auto& [id, gone] : evicted_) lost.push_back(std::move(gone));
  evicted_.clear();
  while (!segments_.empty()) {
    const std::uint32_t serial = segments_.begin()->first;
    for (Entry& entry : segments_.at(serial).entries) {
      if (entry.state == State::taken) entry.state = State::waiting;
    }
    evict(serial, lost);
  }
  while (const auto name = directory_.next_abandoned()) directory_.remove_file(*name);
  directory_.remove_crash_files();
}

}  // namespace picket::transport
