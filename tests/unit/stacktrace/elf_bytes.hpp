#pragma once

// A second reader of ELF files, by sections alone, so that expectations do not come from the code
// under test.

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <elf.h>
#include <link.h>

namespace picket::tests {

using Bytes = std::vector<std::uint8_t>;

inline Bytes read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The bytes of a section; the file is a good one.
inline Bytes section_bytes(const Bytes& file, const std::string& name) {
  const auto* header = reinterpret_cast<const ElfW(Ehdr)*>(file.data());
  const auto* sections = reinterpret_cast<const ElfW(Shdr)*>(file.data() + header->e_shoff);
  const auto* names =
      reinterpret_cast<const char*>(file.data()) + sections[header->e_shstrndx].sh_offset;
  for (int i = 0; i < header->e_shnum; ++i) {
    if (names + sections[i].sh_name != name) continue;
    const auto begin = file.begin() + static_cast<std::ptrdiff_t>(sections[i].sh_offset);
    return {begin, begin + static_cast<std::ptrdiff_t>(sections[i].sh_size)};
  }
  return {};
}

/// The descriptor of the only note in `.note.gnu.build-id`: it follows 12 bytes of sizes and "GNU".
inline Bytes build_id_of(const Bytes& file) {
  const Bytes note = section_bytes(file, ".note.gnu.build-id");
  return note.size() < 16 ? Bytes{} : Bytes{note.begin() + 16, note.end()};
}

}  // namespace picket::tests
