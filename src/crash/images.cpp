// The modules of this process, read from its own memory.

#include "crash/event_writer.hpp"

#include <elf.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace picket::crash {
namespace {

using Bytes = std::basic_string_view<unsigned char>;

Bytes build_id_in(const unsigned char* notes, std::size_t size) noexcept {
  constexpr auto align = [](std::size_t number) { return (number + 3) & ~std::size_t{3}; };
  std::size_t at = 0;
  while (at + sizeof(ElfW(Nhdr)) <= size) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes + at, sizeof note);
    at += sizeof note;
    const std::size_t content = at + align(note.n_namesz);
    if (content > size || note.n_descsz > size - content) break;
    const bool is_gnu = note.n_namesz == 4 && std::memcmp(notes + at, "GNU", 4) == 0;
    if (is_gnu && note.n_type == NT_GNU_BUILD_ID) return {notes + content, note.n_descsz};
    at = content + align(note.n_descsz);
  }
  return {};
}

struct HexBuffer {
  void add(unsigned char byte) noexcept {
    constexpr std::string_view kDigits = "0123456789abcdef";
    if (size + 2 > sizeof text) return;
    text[size++] = kDigits[byte >> 4U];
    text[size++] = kDigits[byte & 15U];
  }
  [[nodiscard]] std::string_view view() const noexcept { return {text, size}; }
  char text[130];
  std::size_t size = 0;
};

/// Spec: P3.15.
void write_ids(json::Writer& writer, Bytes build_id) noexcept {
  HexBuffer code;
  for (const unsigned char byte : build_id) code.add(byte);
  unsigned char guid[16] = {};
  std::copy_n(build_id.begin(), std::min<std::size_t>(build_id.size(), 16), guid);
  std::reverse(guid, guid + 4);
  std::reverse(guid + 4, guid + 6);
  std::reverse(guid + 6, guid + 8);
  HexBuffer debug;
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) debug.text[debug.size++] = '-';
    debug.add(guid[i]);
  }
  writer.member("code_id", code.view());
  writer.member("debug_id", debug.view());
}

/// One without a build id is left out: its file would have to be read for a name.
int write_module(dl_phdr_info* module, std::size_t, void* argument) noexcept {
  auto& writer = *static_cast<json::Writer*>(argument);
  ElfW(Addr) begin = ~ElfW(Addr){0};
  ElfW(Addr) end = 0;
  Bytes build_id;
  for (std::size_t i = 0; i < module->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = module->dlpi_phdr[i];
    if (segment.p_type == PT_LOAD) {
      begin = std::min(begin, segment.p_vaddr);
      end = std::max(end, segment.p_vaddr + segment.p_memsz);
    }
    if (segment.p_type == PT_NOTE && build_id.empty()) {
      build_id =
          build_id_in(reinterpret_cast<const unsigned char*>(module->dlpi_addr + segment.p_vaddr),
                      segment.p_memsz);
    }
  }
  if (begin >= end || build_id.empty()) return 0;
  constexpr ElfW(Addr) kPage = 4096;
  begin &= ~(kPage - 1);
  char executable[1024];
  std::string_view name = module->dlpi_name != nullptr ? module->dlpi_name : "";
  if (name.empty()) {
    const ssize_t size = readlink("/proc/self/exe", executable, sizeof executable);
    name = {executable, size > 0 ? static_cast<std::size_t>(size) : 0};
  }
  writer.begin_object();
  writer.member("type", "elf");
  writer.key("code_file");
  writer.text(name);
  write_ids(writer, build_id);
  writer.key("image_addr");
  writer.hex_address(module->dlpi_addr + begin);
  writer.key("image_size");
  writer.number(static_cast<std::uint64_t>(end - begin));
  if (begin != 0) {
    writer.key("image_vmaddr");
    writer.hex_address(begin);
  }
#if defined(__x86_64__)
  writer.member("arch", "x86_64");
#elif defined(__aarch64__)
  writer.member("arch", "arm64");
#endif
  writer.end_object();
  return 0;
}

}  // namespace

void write_images(json::Writer& writer) noexcept { dl_iterate_phdr(write_module, &writer); }

}  // namespace picket::crash
