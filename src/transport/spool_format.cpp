#include "transport/spool_format.hpp"

#include "transport/checksum.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>

namespace picket::transport {
namespace {

constexpr std::string_view kMagic = "\x89picket\n";
constexpr std::string_view kMarker = "PKR1";
constexpr std::size_t kHeadSize = 12;  // marker, checksum, length
constexpr std::size_t kChecksummed = 8;
constexpr std::size_t kEnvelopeMembers = 40;  // of fixed size, behind the head
constexpr std::uint8_t kIsEnvelope = 1;
constexpr std::uint8_t kIsTombstone = 2;

// A search gives up when it has checksummed this many times the segment: forged lengths could make
// it read the whole for every marker.
constexpr std::size_t kSearchFactor = 8;
constexpr std::size_t kSearchLeast = 1U << 20U;

static_assert(protocol::kDataCategoryCount == 14 && protocol::kDiscardReasonCount == 15,
              "their numbers lie on disk: append, and raise kSpoolVersion");

template <class Number>
void put(std::string& out, Number number) {
  const auto bits = static_cast<std::make_unsigned_t<Number>>(number);
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    out.push_back(static_cast<char>(static_cast<unsigned char>(bits >> (8 * i))));
  }
}

template <class Number>
Number get(std::string_view bytes, std::size_t offset) noexcept {
  std::uint64_t bits = 0;
  for (std::size_t i = sizeof(Number); i-- > 0;) {
    bits = bits << 8U | static_cast<unsigned char>(bytes[offset + i]);
  }
  return static_cast<Number>(bits);
}

void put_time(std::string& out, WallTime time) {
  put(out, static_cast<std::int64_t>(time.time_since_epoch().count()));
}

/// Marker, a checksum to be filled in by `seal`, and length.
std::string begin_record(std::size_t content) {
  std::string bytes(kMarker);
  put(bytes, std::uint32_t{0});
  put(bytes, static_cast<std::uint32_t>(content));
  return bytes;
}

void seal(std::string& bytes, std::string_view body = {}) {
  std::string sum;
  put(sum, crc32(body, crc32(std::string_view(bytes).substr(kChecksummed))));
  bytes.replace(kMarker.size(), sum.size(), sum);
}

/// Reads members one after the other; after a failure everything is zero.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) noexcept : rest_(bytes) {}

  template <class Number>
  Number number() noexcept {
    const std::string_view bytes = text(sizeof(Number));
    return whole_ ? get<Number>(bytes, 0) : Number{0};
  }

  std::string_view text(std::size_t size) noexcept {
    if (size > rest_.size()) whole_ = false;
    if (!whole_) return {};
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  template <class Enumeration>
  Enumeration one_of(std::size_t count) noexcept {
    const auto value = number<std::uint8_t>();
    require(value < count);
    return static_cast<Enumeration>(whole_ ? value : 0);
  }
  protocol::DataCategory category() noexcept {
    return one_of<protocol::DataCategory>(protocol::kDataCategoryCount);
  }

  void require(bool holds) noexcept { whole_ = whole_ && holds; }
  [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }
  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }
  [[nodiscard]] bool is_whole() const noexcept { return whole_; }

 private:
  std::string_view rest_;
  bool whole_ = true;
};

void read_lists(Cursor& cursor, std::size_t quantities, std::size_t reported,
                SpooledEnvelope& into) {
  // Checked before anything is reserved: the counts may promise more than there is.
  cursor.require(quantities * 9 + reported * 10 <= cursor.left());
  if (!cursor.is_whole()) return;
  into.quantities.reserve(quantities);
  for (std::size_t i = 0; i < quantities; ++i) {
    const auto category = cursor.category();
    into.quantities.push_back({category, cursor.number<std::uint64_t>()});
  }
  into.reported.reserve(reported);
  for (std::size_t i = 0; i < reported; ++i) {
    const auto reason = cursor.one_of<protocol::DiscardReason>(protocol::kDiscardReasonCount);
    const auto category = cursor.category();
    into.reported.push_back({reason, category, cursor.number<std::uint64_t>()});
  }
}

std::optional<SpoolRecord> decode_envelope(Cursor cursor) {
  SpooledEnvelope read;
  read.priority = cursor.one_of<int>(kMaxSpoolPriority + 1);
  read.category = cursor.category();
  cursor.require(cursor.number<std::uint8_t>() == 0);
  const auto quantities = cursor.number<std::uint16_t>();
  const auto reported = cursor.number<std::uint16_t>();
  read.stored_at = WallTime(std::chrono::microseconds(cursor.number<std::int64_t>()));
  EventId::Bytes id{};
  const std::string_view raw = cursor.text(id.size());
  std::transform(raw.begin(), raw.end(), id.begin(), [](char c) { return std::byte(c); });
  read.event_id = EventId(id);
  const auto dsn = cursor.number<std::uint32_t>();
  const auto trace = cursor.number<std::uint32_t>();
  read_lists(cursor, quantities, reported, read);
  read.dsn = cursor.text(dsn);
  read.trace = cursor.text(trace);
  read.body = cursor.rest();
  if (!cursor.is_whole()) return std::nullopt;
  return read;
}

std::optional<SpoolRecord> decode_tombstone(Cursor cursor) {
  for (int i = 0; i < 3; ++i) cursor.require(cursor.number<std::uint8_t>() == 0);
  const Tombstone read{cursor.number<std::uint64_t>()};
  if (!cursor.is_whole() || cursor.left() != 0) return std::nullopt;
  return read;
}

bool is_all_zero(std::string_view bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

}  // namespace

std::string encode_segment_header(WallTime created) {
  std::string bytes(kMagic);
  put(bytes, kSpoolVersion);
  put_time(bytes, created);
  put(bytes, crc32(bytes));
  return bytes;
}

std::string encode(const Tombstone& tombstone) {
  std::string bytes = begin_record(kTombstoneSize - kHeadSize);
  put(bytes, kIsTombstone);
  bytes.append(3, '\0');
  put(bytes, tombstone.offset);
  seal(bytes);
  return bytes;
}

std::optional<std::string> encode_before_body(const SpooledEnvelope& envelope) {
  constexpr std::size_t kMost = std::numeric_limits<std::uint16_t>::max();
  const std::size_t quantities = envelope.quantities.size();
  const std::size_t reported = envelope.reported.size();
  const std::size_t content = kEnvelopeMembers + quantities * 9 + reported * 10 +
                              envelope.dsn.size() + envelope.trace.size() + envelope.body.size();
  if (quantities > kMost || reported > kMost) return std::nullopt;
  if (content > std::numeric_limits<std::uint32_t>::max() - kHeadSize) return std::nullopt;

  std::string bytes = begin_record(content);
  bytes.reserve(kHeadSize + content - envelope.body.size());
  put(bytes, kIsEnvelope);
  put(bytes, static_cast<std::uint8_t>(std::clamp(envelope.priority, 0, kMaxSpoolPriority)));
  put(bytes, static_cast<std::uint8_t>(envelope.category));
  put(bytes, std::uint8_t{0});
  put(bytes, static_cast<std::uint16_t>(quantities));
  put(bytes, static_cast<std::uint16_t>(reported));
  put_time(bytes, envelope.stored_at);
  for (const std::byte byte : envelope.event_id.bytes())
    put(bytes, static_cast<std::uint8_t>(byte));
  put(bytes, static_cast<std::uint32_t>(envelope.dsn.size()));
  put(bytes, static_cast<std::uint32_t>(envelope.trace.size()));
  for (const protocol::Quantity& quantity : envelope.quantities) {
    put(bytes, static_cast<std::uint8_t>(quantity.category));
    put(bytes, quantity.count);
  }
  for (const protocol::Loss& loss : envelope.reported) {
    put(bytes, static_cast<std::uint8_t>(loss.reason));
    put(bytes, static_cast<std::uint8_t>(loss.category));
    put(bytes, loss.count);
  }
  bytes.append(envelope.dsn).append(envelope.trace);
  seal(bytes, envelope.body);
  return bytes;
}

std::optional<SpoolRecord> decode_spool_record(std::string_view bytes) {
  if (bytes.size() <= kHeadSize || !bytes.starts_with(kMarker)) return std::nullopt;
  if (get<std::uint32_t>(bytes, 8) != bytes.size() - kHeadSize) return std::nullopt;
  if (get<std::uint32_t>(bytes, 4) != crc32(bytes.substr(kChecksummed))) return std::nullopt;
  Cursor cursor(bytes.substr(kHeadSize));
  switch (cursor.number<std::uint8_t>()) {
    case kIsEnvelope:
      return decode_envelope(cursor);
    case kIsTombstone:
      return decode_tombstone(cursor);
    default:
      return std::nullopt;
  }
}

SegmentReader::SegmentReader(std::string_view segment)
    : segment_(segment), patience_(kSearchLeast + kSearchFactor * segment.size()) {
  // A file that was never filled is an unfinished one, not a damaged one.
  if (segment.size() < kSegmentHeaderSize || is_all_zero(segment)) {
    at_ = segment.size();
    return;
  }
  const std::string_view header = segment.substr(0, kSegmentHeaderSize);
  const bool fits =
      header.starts_with(kMagic) && get<std::uint32_t>(header, 20) == crc32(header.substr(0, 20));
  const auto version = get<std::uint32_t>(header, 8);
  newer_ = fits && version > kSpoolVersion;
  if (newer_) {
    at_ = segment.size();
  } else if (fits && version == kSpoolVersion) {
    at_ = end_ = kSegmentHeaderSize;
  } else {
    note_damage();  // records may still be whole
  }
}

void SegmentReader::note_damage() noexcept {
  if (!in_damage_) ++damaged_;
  in_damage_ = true;
}

std::optional<SegmentReader::Found> SegmentReader::read_at(std::size_t offset) const {
  const std::string_view rest = segment_.substr(offset);
  if (rest.size() <= kHeadSize || !rest.starts_with(kMarker)) return std::nullopt;
  const std::size_t content = get<std::uint32_t>(rest, 8);
  if (content > rest.size() - kHeadSize) return std::nullopt;
  auto record = decode_spool_record(rest.substr(0, kHeadSize + content));
  if (!record) return std::nullopt;
  return Found{.offset = offset, .size = kHeadSize + content, .record = std::move(*record)};
}

/// The offset of the next record whose checksum fits; the end when there is none.
std::size_t SegmentReader::search_from(std::size_t offset) {
  for (;;) {
    offset = segment_.find(kMarker, offset);
    if (offset == std::string_view::npos) return segment_.size();
    const std::size_t rest = segment_.size() - offset;
    if (rest <= kHeadSize) return segment_.size();
    const std::size_t content = get<std::uint32_t>(segment_, offset + 8);
    if (content <= rest - kHeadSize) {
      if (content > patience_) return segment_.size();
      patience_ -= content;
      if (read_at(offset)) return offset;
    }
    ++offset;
  }
}

/// Whether a process may have been stopped while it wrote here.
bool SegmentReader::is_unfinished(std::size_t offset) const noexcept {
  const std::string_view rest = segment_.substr(offset);
  if (rest.size() < kHeadSize) return kMarker.starts_with(rest.substr(0, kMarker.size()));
  if (is_all_zero(rest)) return true;  // the size was written before the power went, the bytes not
  return rest.starts_with(kMarker) && get<std::uint32_t>(rest, 8) > rest.size() - kHeadSize;
}

std::optional<SegmentReader::Found> SegmentReader::next() {
  while (at_ < segment_.size()) {
    if (auto found = read_at(at_)) {
      in_damage_ = false;
      at_ = end_ = found->offset + found->size;
      return found;
    }
    const std::size_t resumed = search_from(at_ + 1);
    if (resumed < segment_.size() || !is_unfinished(at_)) note_damage();
    at_ = resumed;
  }
  return std::nullopt;
}

}  // namespace picket::transport
