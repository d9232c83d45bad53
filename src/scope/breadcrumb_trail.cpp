#include "scope/breadcrumb_trail.hpp"

#include "base/text.hpp"
#include "scope/breadcrumb_chunk.hpp"
#include "scope/breadcrumb_data.hpp"
#include "scope/thread_slot.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace picket::scope {
namespace {

constexpr std::size_t kMaxIdleScratch = 16384;

// About what a breadcrumb costs beside its texts.
constexpr std::size_t kEntryOverhead = 64;

struct Scratch {
  std::string text{};
};

// What one breadcrumb's data are written into; nothing is allocated while they are simple.
struct DataBuffer {
  std::array<char, 512> plain;
  std::string substitute{};  // for the thread's scratch, once that is gone
};

// Valid as long as `buffer`, and until the next call by this thread.
std::string_view data_text(const Attributes& data, DataBuffer& buffer) {
  if (data.empty()) return {};
  if (const std::size_t size = write_plain_data(buffer.plain, data); size > 0) {
    return {buffer.plain.data(), size};
  }
  Scratch* const scratch = ThreadSlot<Scratch>::get();
  std::string& text = scratch != nullptr ? scratch->text : buffer.substitute;
  if (text.capacity() > kMaxIdleScratch) std::string().swap(text);
  write_breadcrumb_data(text, data, kMaxBreadcrumbData);
  return text;
}

std::string_view cut(std::string_view text, std::size_t max_bytes) noexcept {
  return text.size() <= max_bytes ? text : base::utf8_prefix(text, max_bytes);
}

// Everything but what can no longer be among the newest `max`, with `newest` behind it.
std::shared_ptr<const BreadcrumbPast> extend(const BreadcrumbPast* past,
                                             BreadcrumbPast::Segment newest, std::size_t max) {
  auto made = std::make_shared<BreadcrumbPast>();
  made->total = newest.count;
  made->bytes = newest.bytes;
  std::size_t kept = 0;
  const std::size_t available = past != nullptr ? past->segments.size() : 0;
  while (kept < available && made->total < max) {
    const BreadcrumbPast::Segment& segment = past->segments[available - ++kept];
    made->total += segment.count;
    made->bytes += segment.bytes;
  }
  made->segments.reserve(kept + 1);
  for (std::size_t i = available - kept; i < available; ++i) {
    made->segments.push_back(past->segments[i]);
  }
  made->segments.push_back(std::move(newest));
  return made;
}

}  // namespace

BreadcrumbTrail::BreadcrumbTrail() noexcept = default;
BreadcrumbTrail::BreadcrumbTrail(const BreadcrumbTrail& other) noexcept = default;
BreadcrumbTrail::BreadcrumbTrail(BreadcrumbTrail&& other) noexcept
    : chunk_(std::move(other.chunk_)),
      past_(std::move(other.past_)),
      count_(std::exchange(other.count_, 0)),
      size_(std::exchange(other.size_, 0)),
      bytes_(std::exchange(other.bytes_, 0)) {}

BreadcrumbTrail& BreadcrumbTrail::operator=(BreadcrumbTrail other) noexcept {
  chunk_.swap(other.chunk_);
  past_.swap(other.past_);
  std::swap(count_, other.count_);
  std::swap(bytes_, other.bytes_);
  std::swap(size_, other.size_);
  return *this;
}

BreadcrumbTrail::~BreadcrumbTrail() = default;

void BreadcrumbTrail::add(WallTime timestamp, std::string_view message,
                          const BreadcrumbOptions& options, std::size_t max) {
  if (max == 0) return;
  DataBuffer buffer;
  const protocol::BreadcrumbView breadcrumb{.timestamp = timestamp,
                                            .type = cut(options.type, kMaxBreadcrumbWord),
                                            .category = cut(options.category, kMaxBreadcrumbWord),
                                            .message = cut(message, kMaxBreadcrumbMessage),
                                            .level = options.level,
                                            .data = data_text(options.data, buffer)};
  if (chunk_ == nullptr || !chunk_->claim(count_)) start_chunk(max);
  chunk_->write(count_, breadcrumb);  // if it throws, the claimed entry is never used by anybody
  ++count_;
  bytes_ += breadcrumb.type.size() + breadcrumb.category.size() + breadcrumb.message.size() +
            breadcrumb.data.size();
  size_ = std::min(size_ + 1, max);
}

// Puts what this trail has seen of its chunk behind a new one, whose first entry it claims.
void BreadcrumbTrail::start_chunk(std::size_t max) {
  // The texts of the next chunk will need about as much as those of the last one did.
  const std::size_t expected = bytes_;
  auto fresh = std::make_shared<BreadcrumbChunk>(expected);
  if (count_ > 0)
    past_ = extend(past_.get(), {.chunk = chunk_, .count = count_, .bytes = expected}, max);
  chunk_ = std::move(fresh);
  count_ = 0;
  bytes_ = 0;
  chunk_->claim(0);
}

void BreadcrumbTrail::for_each(
    std::size_t max, const std::function<void(const protocol::BreadcrumbView&)>& visit) const {
  const std::size_t available = count_ + (past_ != nullptr ? past_->total : 0);
  std::size_t skip = available - std::min(max, size_);
  const auto visit_chunk = [&](const BreadcrumbChunk& chunk, std::size_t count) {
    for (std::size_t i = std::min(skip, count); i < count; ++i) visit(chunk.at(i));
    skip -= std::min(skip, count);
  };
  if (past_ != nullptr) {
    for (const auto& segment : past_->segments) visit_chunk(*segment.chunk, segment.count);
  }
  if (chunk_ != nullptr) visit_chunk(*chunk_, count_);
}

std::size_t BreadcrumbTrail::size_bytes() const noexcept {
  std::size_t bytes = bytes_;
  if (past_ != nullptr) bytes += past_->bytes;
  return bytes + size_ * kEntryOverhead;
}

void BreadcrumbTrail::clear() noexcept { *this = BreadcrumbTrail(); }

}  // namespace picket::scope
