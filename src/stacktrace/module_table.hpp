#pragma once

// The modules of this process: its executable and the shared libraries that are loaded now. The
// symbolizer asks it which module an address lies in, what the function there is called and which
// lines its code comes from. For a process that is gone it works with the images that were noted
// down there, as long as the files are still the same builds.

#include "picket/stacktrace.hpp"
#include "stacktrace/dwarf_file.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace picket::stacktrace {

/// Threads: one at a time (the worker).
class ModuleTable {
 public:
  struct Module {
    DebugImage image{};  // `debug_id` may still be empty, see `complete_image`
    bool is_executable = false;
  };
  struct Function {
    std::uint64_t address = 0;
    std::string symbol{};  // mangled
  };

  /// Debug information may take so much memory while frames are named, all modules together; one
  /// that takes more by itself is not read. `rest` leaves less open.
  static constexpr std::size_t kMaxDebugBytes = 192U << 20U;
  static constexpr std::size_t kMaxRestingBytes = 16U << 20U;

  /// See `Options::debug_directories`.
  explicit ModuleTable(std::vector<std::string> debug_directories = {});

  /// The modules of another process, the executable first; those without an absolute path or a
  /// build id are left out. `refresh` never finds others.
  ModuleTable(std::vector<std::string> debug_directories, const std::vector<DebugImage>& images);
  ~ModuleTable();
  ModuleTable(const ModuleTable&) = delete;
  ModuleTable& operator=(const ModuleTable&) = delete;

  /// Looks whether modules came or went since the last call. True if so: what was known about
  /// addresses is void then, and so are pointers to modules.
  bool refresh();

  /// The module that `address` lies in; null for the kernel's vdso and for what no file is mapped
  /// to.
  [[nodiscard]] const Module* find(std::uint64_t address) const;

  /// Reads the module's file at its first use, and believes it only if its build id is the one in
  /// memory; then what was split off or packed in it. Nothing if it is another file, or has no
  /// symbol there.
  [[nodiscard]] std::optional<Function> function_at(const Module& module, std::uint64_t address);

  /// The functions at `address` with their lines, see `DwarfFile::at`; empty without debug
  /// information.
  [[nodiscard]] std::vector<SourcePoint> points_at(const Module& module, std::uint64_t address);

  /// What the vdso calls the function at `address`: it is no module, it has no file.
  [[nodiscard]] std::optional<Function> vdso_function_at(std::uint64_t address);

  /// Closes debug information until what is open takes so much; what was used last stays. Returns
  /// what is open then. Units: bytes.
  std::size_t rest(std::size_t max_bytes = kMaxRestingBytes) noexcept;

  /// The image with its debug id. A module without a build id takes its file for that; nothing if
  /// that cannot be read.
  [[nodiscard]] std::optional<DebugImage> complete_image(const Module& module);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket::stacktrace
