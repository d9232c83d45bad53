#pragma once

// Reads from the DWARF of an ELF file which line an instruction belongs to, and which functions
// were inlined there. `module_table` asks it, for the file of a module or for the one to which its
// debug information was split off. Without elfutils' libdw `dwarf_file_null.cpp` knows nothing.
//
// What is needed of the debug sections is read into memory of ours (`dwarf_copy.hpp`): no file is
// mapped, so that one that is cut or replaced cannot kill the process. That memory goes back to the
// kernel when the file is closed.
// For the same reason nothing that lies in further files is followed (`.dwo`, `.dwp`, dwz's common
// file), and libdwfl with its debuginfod client is not used: naming frames never asks a network.
//
// Opening takes time and memory by the number of units and of their ranges. A question reads the
// unit that the address lies in, with its line table, and about 64 bytes of memory for each row of
// it; it looks at a bounded number of entries. Compressed sections are unpacked as a whole.

#include "stacktrace/file_identity.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace picket::stacktrace {

/// A function that an instruction belongs to.
struct SourcePoint {
  std::string symbol{};    // mangled; empty where DWARF has only `function`
  std::string function{};  // with namespaces and classes, without parameters
  std::string path{};      // as the compiler wrote it, absolute where it could be made so
  std::uint32_t line = 0;  // 0: not known

  friend bool operator==(const SourcePoint&, const SourcePoint&) = default;
};

/// Threads: one at a time.
class DwarfFile {
 public:
  /// False where picket was built without libdw.
  static bool is_supported() noexcept;

  /// Null when there are no debug sections, when more than `max_bytes` of them would have to be
  /// read at once, and when the file is no longer the one of `identity`. Later nothing is read
  /// beyond `max_bytes`, nor of a file that has changed. Up to `small` bytes are read at once.
  static std::unique_ptr<DwarfFile> open(const std::string& path, const FileIdentity& identity,
                                         std::size_t max_bytes, std::size_t small = 1U << 20U);
  ~DwarfFile();
  DwarfFile(const DwarfFile&) = delete;
  DwarfFile& operator=(const DwarfFile&) = delete;

  /// The functions at `address`, which is one of the file: inlined ones first, the innermost before
  /// the others, then the function that is there. Empty when nothing is known.
  [[nodiscard]] std::vector<SourcePoint> at(std::uint64_t address);

  /// The memory it takes, about.
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  class Impl;
  explicit DwarfFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket::stacktrace
