#pragma once

// The modules of this process: its executable and the shared libraries that are loaded now. The
// symbolizer asks it which module an address lies in and what the function there is called.

#include "picket/stacktrace.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

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

  ModuleTable();
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
  /// memory. Nothing if it is another file, or has no symbol there.
  [[nodiscard]] std::optional<Function> function_at(const Module& module, std::uint64_t address);

  /// The image with its debug id. A module without a build id takes its file for that; nothing if
  /// that cannot be read.
  [[nodiscard]] std::optional<DebugImage> complete_image(const Module& module);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket::stacktrace
