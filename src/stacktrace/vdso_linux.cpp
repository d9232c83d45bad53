#include "stacktrace/vdso.hpp"

#include <link.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

namespace picket::stacktrace {

std::vector<std::uint8_t> read_vdso() {
  const auto begin = ::getauxval(AT_SYSINFO_EHDR);
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  if (begin == 0 || page == 0) return {};
  // The auxiliary vector speaks in numbers; this is where they become memory.
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(begin);
  const auto* header = reinterpret_cast<const ElfW(Ehdr)*>(bytes);
  // Its section headers are the last thing in it.
  const std::size_t size =
      header->e_shoff + std::size_t{header->e_shnum} * std::size_t{header->e_shentsize};
  if (size > kMaxVdsoBytes) return {};
  // How much is mapped is not told. The call fails for pages that are not there.
  std::vector<unsigned char> is_resident(size / page + 1);
  void* const mapping = reinterpret_cast<void*>(begin);
  if (::mincore(mapping, size, is_resident.data()) != 0) return {};
  return {bytes, bytes + size};
}

}  // namespace picket::stacktrace
