#pragma once

// Where JSON is written to: a string that grows, or, for the crash path, a fixed buffer that was
// reserved earlier and notes when it is full. Both writers append to a `Sink`; whoever has a string
// hands that in as it is.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace picket::json {

/// Memory of somebody else that is filled from its beginning.
/// Threads: one at a time; async-signal-safe.
class FixedBuffer {
 public:
  constexpr FixedBuffer() noexcept = default;
  constexpr FixedBuffer(char* memory, std::size_t capacity) noexcept
      : memory_(memory), capacity_(capacity) {}

  /// A text that does not fit whole is left out, and so is everything behind it.
  void append(std::string_view text) noexcept {
    if (has_overflowed_ || text.size() > capacity_ - size_) {
      has_overflowed_ = true;
      return;
    }
    std::copy(text.begin(), text.end(), memory_ + size_);
    size_ += text.size();
  }

  /// Forgets what was written behind `size`, and that it did not fit.
  void rewind(std::size_t size) noexcept {
    size_ = std::min(size, size_);
    has_overflowed_ = false;
  }

  [[nodiscard]] std::string_view view() const noexcept { return {memory_, size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool has_overflowed() const noexcept { return has_overflowed_; }

 private:
  char* memory_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  bool has_overflowed_ = false;
};

/// Lifetime: a reference, cheap to copy; what it refers to outlives it.
class Sink {
 public:
  Sink(std::string& out) noexcept : string_(&out) {}  // NOLINT: a string is a sink
  Sink(FixedBuffer& out) noexcept : fixed_(&out) {}   // NOLINT

  void append(std::string_view text) {
    if (string_ != nullptr) [[likely]] {
      string_->append(text);
    } else {
      fixed_->append(text);
    }
  }
  void append(const char* begin, const char* end) {
    append({begin, static_cast<std::size_t>(end - begin)});
  }
  Sink& operator+=(std::string_view text) {
    append(text);
    return *this;
  }
  Sink& operator+=(char c) {
    if (string_ != nullptr) [[likely]] {
      string_->push_back(c);
    } else {
      fixed_->append({&c, 1});
    }
    return *this;
  }

  /// Nothing may be allocated on the way to it.
  [[nodiscard]] bool is_fixed() const noexcept { return fixed_ != nullptr; }

 private:
  std::string* string_ = nullptr;
  FixedBuffer* fixed_ = nullptr;
};

}  // namespace picket::json
