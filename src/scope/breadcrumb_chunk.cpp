#include "scope/breadcrumb_chunk.hpp"

#include "base/text.hpp"
#include "scope/breadcrumb_trail.hpp"

#include <algorithm>
#include <limits>
#include <new>

namespace picket::scope {

static_assert(kMaxBreadcrumbMessage <= std::numeric_limits<std::uint16_t>::max());
static_assert(kMaxBreadcrumbData <= std::numeric_limits<std::uint16_t>::max());
static_assert(kMaxBreadcrumbWord <= std::numeric_limits<std::uint8_t>::max());

TextArena::TextArena(std::size_t expected) noexcept
    : block_size_(std::clamp(expected, kMinBlock, kMaxBlock)) {}

TextArena::~TextArena() {
  while (newest_ != nullptr) ::operator delete(std::exchange(newest_, newest_->older));
}

void TextArena::grow(std::size_t size) {
  const std::size_t room = std::max(size, block_size_);
  void* const memory = ::operator new(sizeof(Block) + room);
  newest_ = new (memory) Block{newest_};
  next_ = static_cast<char*>(memory) + sizeof(Block);
  room_ = room;
  block_size_ = std::min(block_size_ * 2, kMaxBlock);
}

void BreadcrumbChunk::write(std::size_t index, const protocol::BreadcrumbView& breadcrumb) {
  Entry& entry = entries_[index];
  char* end = texts_.take(breadcrumb.type.size() + breadcrumb.category.size() +
                          breadcrumb.message.size() + breadcrumb.data.size());
  entry = {.timestamp = breadcrumb.timestamp,
           .texts = end,
           .message_size = static_cast<std::uint16_t>(breadcrumb.message.size()),
           .data_size = static_cast<std::uint16_t>(breadcrumb.data.size()),
           .type_size = static_cast<std::uint8_t>(breadcrumb.type.size()),
           .category_size = static_cast<std::uint8_t>(breadcrumb.category.size()),
           .level = breadcrumb.level};
  for (const std::string_view text :
       {breadcrumb.type, breadcrumb.category, breadcrumb.message, breadcrumb.data}) {
    end = base::copy_short(end, text);
  }
}

protocol::BreadcrumbView BreadcrumbChunk::at(std::size_t index) const noexcept {
  const Entry& entry = entries_[index];
  const char* next = entry.texts;
  const auto text = [&next](std::size_t size) {
    return std::string_view(std::exchange(next, next + size), size);
  };
  protocol::BreadcrumbView view{.timestamp = entry.timestamp, .level = entry.level};
  view.type = text(entry.type_size);
  view.category = text(entry.category_size);
  view.message = text(entry.message_size);
  view.data = text(entry.data_size);
  return view;
}

}  // namespace picket::scope
