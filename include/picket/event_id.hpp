#pragma once

// `EventId` names one captured event: it is what every capture returns, and what a support reply
// can quote so that the event is found on the server.

#include "picket/export.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace picket {

/// A random UUID (version 4); all zeros, the nil id, says that nothing was captured.
/// Spec: P0.1.
class PICKET_EXPORT EventId {
 public:
  using Bytes = std::array<std::byte, 16>;

  EventId() noexcept = default;
  explicit EventId(Bytes bytes) noexcept : bytes_(bytes) {}

  /// Takes 32 hex digits or the dashed form, in any letter case.
  static std::optional<EventId> parse(std::string_view text) noexcept;

  [[nodiscard]] bool is_nil() const noexcept { return words() == Words{}; }
  explicit operator bool() const noexcept { return !is_nil(); }

  /// 32 lower-case hex digits.
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] const Bytes& bytes() const noexcept { return bytes_; }

  friend bool operator==(const EventId& left, const EventId& right) noexcept {
    return left.words() == right.words();
  }

 private:
  using Words = std::array<std::uint64_t, 2>;  // two comparisons instead of sixteen

  [[nodiscard]] Words words() const noexcept { return std::bit_cast<Words>(bytes_); }

  Bytes bytes_{};
};

}  // namespace picket
