#pragma once

// A `NameTable` gives names small numbers, so that counting needs no text. It is bounded: what
// comes when it is full is `other`. A name that is known is found without a lock and without
// writing to memory that threads share; it is never forgotten.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace picket::figures {

/// Threads: any.
class NameTable {
 public:
  using Id = std::uint16_t;

  static constexpr std::size_t kMost = 256;       // names, without `other`
  static constexpr std::size_t kMaxBytes = 200;   // longer names are cut, on a character boundary
  static constexpr std::size_t kIds = kMost + 1;  // numbers that can occur
  static constexpr Id kOther = 0;

  NameTable() = default;
  NameTable(const NameTable&) = delete;
  NameTable& operator=(const NameTable&) = delete;

  /// The number of a name, a new one when it was not seen before. An empty name is `unknown`.
  /// Errors: `kOther` when the table is full, or without memory.
  Id id_of(std::string_view name) noexcept;

  /// For a table that is a cache of numbers that others made: the number of exactly this name, and
  /// how it gets there. Errors: when the table is full nothing is remembered.
  [[nodiscard]] std::optional<Id> known(std::string_view name) const noexcept;
  void remember(std::string_view name, Id id) noexcept;

  /// The text of a number that was given out. Lifetime: as the table's.
  [[nodiscard]] std::string_view name(Id id) const noexcept;

 private:
  struct Entry {
    std::string name{};
    std::size_t hash = 0;
    Id id = kOther;
  };

  static constexpr std::size_t kSlots = 1024;  // open addressing, at most a quarter full

  [[nodiscard]] const Entry* find(std::string_view name, std::size_t hash) const noexcept;
  Id add(std::string_view name, std::size_t hash, std::optional<Id> id);

  std::array<std::atomic<const Entry*>, kSlots> slots_{};
  std::mutex mutex_;  // of those that add
  std::array<std::unique_ptr<const Entry>, kMost> entries_{};
  std::atomic<std::size_t> size_{0};
};

}  // namespace picket::figures
