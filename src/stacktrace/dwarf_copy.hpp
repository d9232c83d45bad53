#pragma once

// A copy of the debug sections of an ELF file, for `dwarf_file`, which is read as it is needed: of
// most files a few hundredths are ever asked for. It lies where the file has it, in an anonymous
// mapping of the file's size; what was not read is zeros that take no memory. Nothing is mapped
// from the file itself, so one that is cut or replaced cannot kill the process: what is read later
// has to be of the same file, unchanged, or is not read.
//
// Tables that libdw walks through by itself are read when the file is opened. Of the three large
// sections `.debug_info`, `.debug_line` and `.debug_str` whoever asks libdw for something says
// before which bytes it will look at. A small file, and one whose sections are compressed, is read
// at once.

#include "stacktrace/file_identity.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct Elf;  // of libelf

namespace picket::stacktrace {

struct EndElf {
  void operator()(Elf* elf) const noexcept;
};
using ElfHandle = std::unique_ptr<Elf, EndElf>;

/// Threads: one at a time.
class DwarfCopy {
 public:
  /// Files whose sections take less are read at once.
  static constexpr std::size_t kSmall = 1U << 20U;

  /// Null when there are no debug sections, when they take more than `max_bytes`, and when the file
  /// is not, or no longer, the one of `identity`.
  static std::unique_ptr<DwarfCopy> open(const std::string& path, const FileIdentity& identity,
                                         std::size_t max_bytes, std::size_t small = kSmall);
  ~DwarfCopy();
  DwarfCopy(const DwarfCopy&) = delete;
  DwarfCopy& operator=(const DwarfCopy&) = delete;

  /// What libelf makes of it. Lifetime: that of the copy.
  [[nodiscard]] ElfHandle elf() const;

  /// The section as far as it was read; empty if it is not there, or compressed.
  [[nodiscard]] std::string_view info() const noexcept { return view(info_); }
  [[nodiscard]] std::string_view lines() const noexcept { return view(lines_); }

  /// Reads these bytes, which lie in the copy, unless they are there. False when it cannot be done,
  /// now and ever after; true for what lies elsewhere, in memory of libdw.
  [[nodiscard]] bool fill(const void* begin, std::size_t size);

  /// The same for a text of which only the beginning is known.
  [[nodiscard]] bool fill_text(const char* text);

  /// What was read.
  [[nodiscard]] std::size_t bytes() const noexcept { return filled_ * kPage + uncompressed_; }

 private:
  struct Section {
    std::uint64_t offset = 0, size = 0;
  };
  static constexpr std::size_t kPage = 4096;

  DwarfCopy(int file, const FileIdentity& identity, std::size_t max_bytes)
      : file_(file), identity_(identity), max_bytes_(max_bytes) {}

  [[nodiscard]] bool read(std::size_t small);
  [[nodiscard]] bool read_sections(Elf* elf, std::size_t small);
  [[nodiscard]] bool fill_at(std::uint64_t offset, std::uint64_t size);
  [[nodiscard]] bool read_pages(std::size_t first, std::size_t end);
  [[nodiscard]] bool is_same_file() const noexcept;
  [[nodiscard]] std::string_view view(const Section& section) const noexcept {
    return {bytes_ + section.offset, section.size};
  }

  int file_;  // open as long as there may be something to read
  FileIdentity identity_;
  std::size_t max_bytes_;
  char* bytes_ = nullptr;
  std::size_t size_ = 0;
  std::vector<bool> is_filled_{};  // by page
  std::size_t filled_ = 0;         // pages
  std::size_t uncompressed_ = 0;   // what libelf makes of compressed sections
  bool is_lost_ = false;           // the file is another one now
  Section info_{};
  Section lines_{};
};

}  // namespace picket::stacktrace
