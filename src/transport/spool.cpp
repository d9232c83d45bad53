#include "transport/spool.hpp"

#include "base/diagnostics.hpp"
#include "transport/spool_file.hpp"
#include "transport/spool_impl.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace picket::transport {
namespace {

constexpr std::size_t kMaxSegmentBytes = 1U << 20U;
constexpr std::size_t kShare = 8;  // of the whole: what one segment may take, and making room costs
constexpr std::chrono::seconds kRest{5};  // after a disk refused

Worth worth_of(int priority) noexcept {
  return priority >= protocol::kValuablePriority ? Worth::valuable : Worth::lesser;
}

std::vector<protocol::Quantity> sum(const std::vector<protocol::Quantity>& quantities) {
  std::vector<protocol::Quantity> sums;
  for (const protocol::Quantity& quantity : quantities) {
    const auto same = std::find_if(
        sums.begin(), sums.end(),
        [&](const protocol::Quantity& existing) { return existing.category == quantity.category; });
    if (same == sums.end()) {
      sums.push_back(quantity);
    } else {
      same->count += quantity.count;
    }
  }
  return sums;
}

}  // namespace

Spool::~Spool() = default;

Result<std::unique_ptr<Spool>> Spool::open(SpoolSettings settings) {
  auto directory = SpoolDirectory::open(settings.directory, settings.dsn);
  if (!directory) return directory.error();
  return std::unique_ptr<Spool>(
      std::make_unique<FileSpool>(std::move(settings), std::move(directory).value()));
}

FileSpool::FileSpool(SpoolSettings settings, SpoolDirectory directory)
    : settings_(std::move(settings)),
      segment_bytes_(std::min(kMaxSegmentBytes, settings_.max_bytes / kShare)),
      segment_items_(std::max<std::size_t>(1, settings_.max_items / kShare)),
      opened_wall_(settings_.clock.wall()),
      opened_steady_(settings_.clock.steady()),
      directory_(std::move(directory)) {}

FileSpool::~FileSpool() {
  for (auto& [serial, segment] : segments_) write_tombstones(segment);
}

Spool::Figures FileSpool::figures() const noexcept {
  const Total& valuable = total(Worth::valuable);
  const Total& lesser = total(Worth::lesser);
  return {.items = valuable.items + lesser.items,
          .bytes = valuable.bytes + lesser.bytes,
          .damaged = damaged_,
          .bytes_read = bytes_read_};
}

// --- ids and time

Spool::Id FileSpool::id_of(std::uint32_t segment, std::size_t place) noexcept {
  return Id{segment} << 32U | static_cast<std::uint32_t>(place);
}

FileSpool::Segment* FileSpool::segment_of(Id id) noexcept {
  const auto found = segments_.find(static_cast<std::uint32_t>(id >> 32U));
  return found == segments_.end() ? nullptr : &found->second;
}

FileSpool::Entry* FileSpool::entry_of(Id id) noexcept {
  Segment* const segment = segment_of(id);
  const auto place = static_cast<std::uint32_t>(id);
  if (segment == nullptr || place >= segment->entries.size()) return nullptr;
  Entry& entry = segment->entries[place];
  return entry.state == State::gone ? nullptr : &entry;
}

bool FileSpool::is_waiting(const SpoolIndex::Ref& ref) noexcept {
  const Entry* const entry = entry_of(id_of(ref.segment, ref.place));
  return entry != nullptr && entry->state == State::waiting;
}

WallTime FileSpool::now() const noexcept {
  return opened_wall_ + std::chrono::duration_cast<std::chrono::microseconds>(
                            settings_.clock.steady() - opened_steady_);
}

std::uint64_t FileSpool::now_ms() const noexcept {
  const auto since = std::chrono::floor<std::chrono::milliseconds>(now().time_since_epoch());
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, since.count()));
}

void FileSpool::hand_over(std::vector<Lost>& lost) {
  std::move(unclaimed_.begin(), unclaimed_.end(), std::back_inserter(lost));
  unclaimed_.clear();
}

void FileSpool::Entry::set_stored(std::uint64_t ms) noexcept {
  stored_ms_low = static_cast<std::uint32_t>(ms);
  stored_ms_high = static_cast<std::uint16_t>(ms >> 32U);
}

void FileSpool::Entry::set_kind(int priority, protocol::DataCategory category) noexcept {
  kind = static_cast<std::uint8_t>(static_cast<unsigned>(priority) << 4U |
                                   static_cast<unsigned>(category));
}

std::uint64_t FileSpool::Entry::stored_ms() const noexcept {
  return std::uint64_t{stored_ms_high} << 32U | stored_ms_low;
}

// --- storing

std::optional<Spool::Id> FileSpool::store(const protocol::OutgoingEnvelope& envelope, int priority,
                                          protocol::DataCategory category,
                                          const std::vector<protocol::Loss>& reported,
                                          std::vector<Lost>& lost) {
  hand_over(lost);
  if (is_resting()) return std::nullopt;
  priority = std::clamp(priority, 0, kMaxSpoolPriority);
  const SpooledEnvelope record{.stored_at = now(),
                               .priority = priority,
                               .category = category,
                               .event_id = envelope.header().event_id,
                               .quantities = sum(envelope.quantities()),
                               .reported = reported,
                               .dsn = envelope.header().dsn,
                               .trace = envelope.header().trace,
                               .body = envelope.body()};
  const auto head = encode_before_body(record);
  if (!head) return std::nullopt;
  const std::size_t size = head->size() + record.body.size();
  const Worth worth = worth_of(priority);
  if (!make_room(worth, size + kSegmentHeaderSize, lost)) return std::nullopt;
  const std::uint32_t serial = writable_segment(worth, size);
  if (serial == 0) return std::nullopt;
  Segment& segment = segments_.at(serial);
  Entry entry{.offset = static_cast<std::uint32_t>(segment.size),
              .size = static_cast<std::uint32_t>(size)};
  entry.set_stored(now_ms());
  entry.set_kind(priority, category);
  auto& entries = segment.entries;  // nothing may throw once it is on disk
  if (entries.size() == entries.capacity()) entries.reserve(2 * entries.size() + 8);
  if (!append(segment, *head, record.body)) {
    settle(serial);  // a new one with nothing in it goes again
    return std::nullopt;
  }
  add_entry(serial, entry);
  return id_of(serial, entries.size() - 1);
}

void FileSpool::add_entry(std::uint32_t serial, const Entry& entry) {
  Segment& segment = segments_.at(serial);
  segment.entries.push_back(entry);
  ++segment.live;
  ++total(segment.origin.worth).items;
  index_.push(entry.priority(), entry.category(),
              {.stored_ms = entry.stored_ms(),
               .segment = serial,
               .place = static_cast<std::uint32_t>(segment.entries.size() - 1)});
}

/// The active segment, or a new one when this record would make it too large. A record that is
/// larger than a segment gets one of its own.
std::uint32_t FileSpool::writable_segment(Worth worth, std::size_t bytes) {
  if (active(worth) != 0) {
    const Segment& segment = segments_.at(active(worth));
    const bool full = segment.entries.size() >= segment_items_ ||
                      (!segment.entries.empty() && segment.size + bytes > segment_bytes_);
    if (!full) return active(worth);
    close_active(worth);
  }
  return make_segment(worth);
}

std::uint32_t FileSpool::make_segment(Worth worth) {
  const std::uint32_t serial = ++last_serial_;
  Segment segment;
  segment.serial = serial;
  segment.origin = {.worth = worth,
                    .created = static_cast<std::uint64_t>(now().time_since_epoch().count())};
  segment.name = directory_.own_name(segment.origin, serial);
  segment.file = directory_.open_file(segment.name, O_RDWR | O_CREAT | O_EXCL);
  if (!segment.file) {
    fail(errno);
    return 0;
  }
  directory_unsynced_ = true;
  Segment& kept = segments_.emplace(serial, std::move(segment)).first->second;
  active(worth) = serial;
  if (append(kept, encode_segment_header(now()), {})) return serial;
  drop_segment(serial);
  return 0;
}

void FileSpool::close_active(Worth worth) noexcept {
  const auto found = segments_.find(std::exchange(active(worth), 0));
  if (found != segments_.end()) found->second.file.close();
}

bool FileSpool::append(Segment& segment, std::string_view first, std::string_view second) {
  bool broken = false;
  const int code = append_whole(segment.file, segment.size, first, second, &broken);
  if (code == 0) {
    segment.size += first.size() + second.size();
    total(segment.origin.worth).bytes += first.size() + second.size();
    segment.unsynced = true;
    if (std::exchange(said_full_, false)) diag::info("the spool can be written to again");
    return true;
  }
  fail(code);
  if (broken) close_active(segment.origin.worth);
  return false;
}

/// A full disk is not asked again with every envelope.
void FileSpool::fail(int code) noexcept {
  resting_until_ = settings_.clock.steady() + kRest;
  if (std::exchange(said_full_, true)) return;
  diag::warn(
      "cannot write to the spool in '{}': {}; envelopes are not kept until that works: make room "
      "there, or set Options::spool_directory to another disk",
      directory_.path(), describe_errno(code));
}

bool FileSpool::is_resting() const noexcept { return settings_.clock.steady() < resting_until_; }

bool FileSpool::sync() {
  bool done = true;
  for (auto& [serial, segment] : segments_) {
    if (!segment.unsynced) continue;
    const Descriptor& file = file_of(segment);
    segment.unsynced = !file || ::fdatasync(file.get()) != 0;
    if (segment.unsynced) done = false;
  }
  if (directory_unsynced_) directory_unsynced_ = ::fsync(directory_.descriptor()) != 0;
  return done && !directory_unsynced_;
}

// --- room

/// Bytes on disk, and those of the tombstones that are still to come.
std::size_t FileSpool::charge(Worth worth) const noexcept {
  return total(worth).bytes + total(worth).items * kTombstoneSize;
}

bool FileSpool::is_room_for(std::size_t bytes, std::size_t items, bool beside_lesser) const {
  std::size_t used = charge(Worth::valuable) + bytes + items * kTombstoneSize;
  std::size_t count = total(Worth::valuable).items + items;
  if (beside_lesser) {
    used += charge(Worth::lesser);
    count += total(Worth::lesser).items;
  }
  return used <= settings_.max_bytes && count <= settings_.max_items;
}

/// Whole segments leave, so that room is made seldom and costs one file. What is worth less never
/// pushes out what is worth more.
bool FileSpool::make_room(Worth worth, std::size_t bytes, std::vector<Lost>& lost) {
  const bool can_never = bytes + kTombstoneSize > settings_.max_bytes || settings_.max_items == 0;
  if (can_never || (worth == Worth::lesser && !is_room_for(bytes, 1, false))) return false;
  while (!is_room_for(bytes, 1, true)) {
    const std::uint32_t serial = next_to_leave();
    if (serial == 0) return false;
    evict(serial, lost);
  }
  return true;
}

std::uint32_t FileSpool::oldest(Worth worth) const noexcept {
  std::uint32_t found = 0;
  std::uint64_t created = 0;
  for (const auto& [serial, segment] : segments_) {
    if (segment.origin.worth != worth) continue;
    const bool older =
        segment.origin.created < created || (segment.origin.created == created && serial < found);
    if (found != 0 && !older) continue;
    found = serial;
    created = segment.origin.created;
  }
  return found;
}

std::uint32_t FileSpool::next_to_leave() const noexcept {
  const std::uint32_t lesser = oldest(Worth::lesser);
  return lesser != 0 ? lesser : oldest(Worth::valuable);
}

void FileSpool::evict(std::uint32_t serial, std::vector<Lost>& lost) {
  Segment& segment = segments_.at(serial);
  for (std::size_t place = 0; place < segment.entries.size(); ++place) {
    const Entry& entry = segment.entries[place];
    if (entry.state == State::gone) continue;
    Lost gone = lost_of(segment, entry, protocol::DiscardReason::cache_overflow);
    if (entry.state == State::waiting) {
      lost.push_back(std::move(gone));
    } else {
      evicted_.emplace(id_of(serial, place), std::move(gone));  // it may still be sent
    }
  }
  drop_segment(serial);
  index_.tidy(figures().items, [this](const SpoolIndex::Ref& ref) { return is_waiting(ref); });
}

void FileSpool::drop_segment(std::uint32_t serial) noexcept {
  const auto found = segments_.find(serial);
  if (found == segments_.end()) return;
  const Segment& segment = found->second;
  directory_.remove_file(segment.name);
  if (reopened_serial_ == serial) reopened_.close();
  Total& left = total(segment.origin.worth);
  left.bytes -= segment.size;
  left.items -= segment.live;
  if (active(segment.origin.worth) == serial) active(segment.origin.worth) = 0;
  segments_.erase(found);
}

}  // namespace picket::transport
