#include "driver/build_id.hpp"

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include <elf.h>
#include <fmt/format.h>

namespace demo {

namespace {

template <class T>
bool read_at(std::string_view bytes, std::size_t offset, T& value) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof value) return false;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return true;
}

constexpr std::size_t aligned(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

std::string find_in_notes(std::string_view notes) {
  Elf64_Nhdr note{};
  while (read_at(notes, 0, note)) {
    const std::size_t name = sizeof note;
    const std::size_t content = name + aligned(note.n_namesz);
    if (content + note.n_descsz > notes.size()) return {};
    const bool is_gnu = notes.substr(name, 4) == std::string_view("GNU\0", 4);
    if (is_gnu && note.n_type == NT_GNU_BUILD_ID) return hex(notes.substr(content, note.n_descsz));
    notes.remove_prefix(std::min(content + aligned(note.n_descsz), notes.size()));
  }
  return {};
}

/// In one read: programs with debug information are large.
std::string content_of(const std::string& file) {
  std::error_code unreadable;
  const auto size = std::filesystem::file_size(file, unreadable);
  if (unreadable) return {};
  std::string content(size, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(content.data(), static_cast<std::streamsize>(content.size()));
  return content;
}

}  // namespace

std::string build_id_of(const std::string& file) {
  const std::string content = content_of(file);
  const std::string_view bytes = content;
  Elf64_Ehdr header{};
  if (!read_at(bytes, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return {};
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    if (!read_at(bytes, header.e_phoff + i * header.e_phentsize, segment)) return {};
    if (segment.p_type != PT_NOTE || segment.p_offset > bytes.size()) continue;
    const std::string id = find_in_notes(bytes.substr(segment.p_offset, segment.p_filesz));
    if (!id.empty()) return id;
  }
  return {};
}

}  // namespace demo
