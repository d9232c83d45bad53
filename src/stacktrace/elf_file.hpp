#pragma once

// Reads of an ELF file what names the frames in it: program headers, build id, functions.
//
// The file belongs to someone else and may be cut, replaced or made to mislead at any moment. So it
// is read into our own memory, never mapped (a mapped file that shrinks kills the process with
// SIGBUS), every position in it counts as a guess until a read there succeeds, and everything kept
// has a bound. Nothing here stays open: names are read when they are asked for, from the same file
// as before or not at all.

#include "stacktrace/file_identity.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <elf.h>
#include <link.h>

namespace picket::stacktrace {

/// The build id among notes, or nothing. `align` is the alignment of their segment or section.
/// Spec: P3.15 rule 1.
std::span<const std::uint8_t> find_build_id(std::span<const std::uint8_t> notes, std::size_t align);

/// Threads: one at a time.
class ElfFile {
 public:
  /// Larger tables are read as far as this; the rest stays nameless.
  static constexpr std::size_t kMaxFunctions = 1U << 20U;
  static constexpr std::size_t kMaxNameBytes = 16U << 10U;

  struct Function {
    std::uint64_t address;  // as the file has it, before loading
    std::string name;       // mangled
  };

  /// Nothing for what is no regular file, or no ELF file of this machine's word size and byte
  /// order.
  static std::optional<ElfFile> open(std::string path);

  /// The same for a file that lies in memory: the kernel's vdso, or one that was packed in another.
  static std::optional<ElfFile> of_bytes(std::vector<std::uint8_t> bytes);

  [[nodiscard]] const FileIdentity& identity() const { return identity_; }

  [[nodiscard]] const std::vector<ElfW(Phdr)>& program_headers() const { return segments_; }

  /// From the note segments, else from the section of that name.
  [[nodiscard]] std::vector<std::uint8_t> build_id() const;

  /// The first bytes of `.text`, as many as a debug id is made of.
  [[nodiscard]] std::vector<std::uint8_t> text_head() const;

  /// The bytes of a section; empty if it is not there, or longer than `max_bytes`.
  [[nodiscard]] std::vector<std::uint8_t> section_bytes(const char* name,
                                                        std::size_t max_bytes) const;

  [[nodiscard]] bool has_section(const char* name) const;

  /// Has a table of all functions, not only of those that other modules may call.
  [[nodiscard]] bool has_all_functions() const { return section_of_type(SHT_SYMTAB) != nullptr; }

  /// The function that `address` lies in. The table is read at the first call. The stubs through
  /// which functions of other modules are called have those functions' names, with `@plt`.
  [[nodiscard]] std::optional<Function> function_at(std::uint64_t address);

 private:
  struct Symbol {
    std::uint64_t address;
    std::uint32_t size;  // 0: unknown, reaches to the next
    std::uint32_t name;
  };
  class Handle;

  explicit ElfFile(std::string path) : path_(std::move(path)) {}
  bool read_headers(const Handle& file);
  void read_functions(const Handle& file);
  void read_symbols(const Handle& file, const ElfW(Shdr) & table);
  [[nodiscard]] const ElfW(Shdr) * section(const Handle& file, const char* name) const;
  [[nodiscard]] const ElfW(Shdr) * section_of_type(std::uint32_t type) const;
  [[nodiscard]] std::optional<Function> stub_at(const Handle& file, std::uint64_t address) const;
  [[nodiscard]] std::string called_by_stub(const Handle& file, std::uint64_t index) const;
  [[nodiscard]] const Symbol* symbol_at(std::uint64_t address) const;
  [[nodiscard]] std::string name_of(const Handle& file, const Symbol& symbol) const;
  static std::string text_at(const Handle& file, std::uint64_t offset, std::uint64_t max_bytes);

  std::string path_;                                          // empty: it lies in `bytes_`
  std::shared_ptr<const std::vector<std::uint8_t>> bytes_{};  // shared, so that copies are cheap
  FileIdentity identity_{};                                   // of the file that was opened first
  std::size_t names_section_ = 0;
  std::vector<ElfW(Phdr)> segments_{};
  std::vector<ElfW(Shdr)> sections_{};
  std::uint64_t strings_offset_ = 0;  // of the names of `functions_`
  std::uint64_t strings_size_ = 0;
  std::vector<Symbol> functions_{};  // by address, one for each
  bool has_functions_ = false;       // the table was read, or reading it was tried
};

}  // namespace picket::stacktrace
