#pragma once

// The debug information of one module, wherever it lies: in the module's own file, in one that it
// was split off to, or, for names alone, packed in a section (`.gnu_debugdata`). `module_table` has
// one for each module and asks it for lines and for names that the module's file lacks.
//
// Looked for once, at the first question; opened when it is asked and closed by `close`, after
// which a question opens it again.

#include "stacktrace/dwarf_file.hpp"
#include "stacktrace/elf_file.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace picket::stacktrace {

/// Threads: one at a time.
class DebugInfo {
 public:
  /// A module, and where it was loaded from.
  struct Binary {
    ElfFile* file = nullptr;  // verified to be what was loaded
    std::string file_path{};  // to open it
    std::string path{};       // what it is called
    std::span<const std::uint8_t> build_id{};
  };

  /// Looks where it is. Does nothing after the first call.
  void find(const Binary& binary, std::span<const std::string> directories);

  /// See `DwarfFile::at`; opens the file if that takes at most `max_bytes`.
  [[nodiscard]] std::vector<SourcePoint> points_at(std::uint64_t address, std::size_t max_bytes);

  /// Of the tables that were split off or packed.
  [[nodiscard]] std::optional<ElfFile::Function> function_at(std::uint64_t address);

  [[nodiscard]] bool is_open() const noexcept { return dwarf_ != nullptr; }
  [[nodiscard]] std::size_t bytes() const noexcept { return is_open() ? dwarf_->bytes() : 0; }
  void close() noexcept { dwarf_.reset(); }

 private:
  void find_split_file(const Binary& binary, std::span<const std::string> directories);

  bool was_looked_for_ = false;
  std::string path_{};  // empty: there is none
  FileIdentity identity_{};
  std::unique_ptr<DwarfFile> dwarf_{};
  std::optional<ElfFile> split_{};
  std::optional<ElfFile> packed_{};
};

/// The ELF file that is packed in a `.gnu_debugdata` section; empty if it is none, or if picket was
/// built without libdw. Spec: none, it is what distributions call MiniDebugInfo.
std::vector<std::uint8_t> unpack_debug_data(std::span<const std::uint8_t> packed);

}  // namespace picket::stacktrace
