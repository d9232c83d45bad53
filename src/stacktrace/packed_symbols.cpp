#include "stacktrace/debug_info.hpp"

// The section is an xz stream, and libdwfl unpacks such files. It maps what it is given: that is
// memory of ours with a descriptor, which nobody else can cut. It is asked for no other file.

#include <memory>

#include <elfutils/libdwfl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace picket::stacktrace {
namespace {

constexpr std::size_t kMaxUnpacked = 64U << 20U;

int find_no_elf(Dwfl_Module* /*module*/, void** /*user*/, const char* /*name*/, Dwarf_Addr /*base*/,
                char** /*file_name*/, Elf** /*elf*/) {
  return -1;
}

int find_no_debug_file(Dwfl_Module* /*module*/, void** /*user*/, const char* /*name*/,
                       Dwarf_Addr /*base*/, const char* /*file_name*/, const char* /*link*/,
                       GElf_Word /*checksum*/, char** /*debug_file_name*/) {
  return -1;
}

constexpr Dwfl_Callbacks kAlone{.find_elf = &find_no_elf,
                                .find_debuginfo = &find_no_debug_file,
                                .section_address = &dwfl_offline_section_address,
                                .debuginfo_path = nullptr};

int in_memory(std::span<const std::uint8_t> bytes) {
  const int fd = ::memfd_create("picket_symbols", MFD_CLOEXEC);
  if (fd < 0) return -1;
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written <= 0) {
      ::close(fd);
      return -1;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return fd;
}

}  // namespace

std::vector<std::uint8_t> unpack_debug_data(std::span<const std::uint8_t> packed) {
  const std::unique_ptr<Dwfl, void (*)(Dwfl*)> session(dwfl_begin(&kAlone), &dwfl_end);
  const int fd = session == nullptr ? -1 : in_memory(packed);
  if (fd < 0) return {};
  dwfl_report_begin(session.get());
  Dwfl_Module* module = dwfl_report_offline(session.get(), "packed", "packed", fd);
  if (module == nullptr) {
    ::close(fd);  // otherwise the session has it
    return {};
  }
  GElf_Addr bias = 0;
  std::size_t size = 0;
  Elf* elf = dwfl_module_getelf(module, &bias);
  const char* bytes = elf == nullptr ? nullptr : elf_rawfile(elf, &size);
  if (bytes == nullptr || size > kMaxUnpacked) return {};
  return {bytes, bytes + size};
}

}  // namespace picket::stacktrace
