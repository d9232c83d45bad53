#include "stacktrace/dwarf_copy.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>

#include <fcntl.h>
#include <gelf.h>
#include <sys/mman.h>
#include <unistd.h>

namespace picket::stacktrace {
namespace {

// What libdw reads by itself, or in no order that could be foretold.
constexpr std::array<std::string_view, 9> kAtOnce{
    ".debug_abbrev",      ".debug_addr",  ".debug_line_str",   ".debug_ranges", ".debug_rnglists",
    ".debug_str_offsets", ".debug_types", ".gnu_debugaltlink", ".gnu_debuglink"};
constexpr std::array<std::string_view, 3> kAsNeeded{".debug_info", ".debug_line", ".debug_str"};

template <std::size_t Count>
bool is_one_of(const std::array<std::string_view, Count>& names, std::string_view name) noexcept {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

void EndElf::operator()(Elf* elf) const noexcept { elf_end(elf); }

std::unique_ptr<DwarfCopy> DwarfCopy::open(const std::string& path, const FileIdentity& identity,
                                           std::size_t max_bytes, std::size_t small) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return nullptr;
  std::unique_ptr<DwarfCopy> copy(new DwarfCopy(file, identity, max_bytes));
  return copy->read(small) ? std::move(copy) : nullptr;
}

DwarfCopy::~DwarfCopy() {
  if (bytes_ != nullptr) munmap(bytes_, size_);
  ::close(file_);
}

ElfHandle DwarfCopy::elf() const { return ElfHandle(elf_memory(bytes_, size_)); }

bool DwarfCopy::is_same_file() const noexcept { return FileIdentity::of(file_) == identity_; }

bool DwarfCopy::read(std::size_t small) {
  if (!is_same_file() || identity_.size == 0) return false;
  const ElfHandle headers(elf_begin(file_, ELF_C_READ, nullptr));  // reads, and never maps
  if (headers == nullptr || elf_kind(headers.get()) != ELF_K_ELF) return false;
  size_ = static_cast<std::size_t>(identity_.size);
  void* const bytes = mmap(nullptr, size_, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (bytes == MAP_FAILED) return false;
  bytes_ = static_cast<char*>(bytes);
  is_filled_.resize(size_ / kPage + 1);
  return read_sections(headers.get(), small);
}

bool DwarfCopy::read_sections(Elf* elf, std::size_t small) {
  GElf_Ehdr header;
  std::size_t sections = 0;
  std::size_t names = 0;
  if (gelf_getehdr(elf, &header) == nullptr || elf_getshdrnum(elf, &sections) != 0 ||
      elf_getshdrstrndx(elf, &names) != 0 || !fill_at(0, header.e_ehsize) ||
      !fill_at(header.e_shoff, sections * header.e_shentsize)) {
    return false;
  }
  std::vector<Section> at_once;
  std::vector<Section> as_needed;
  std::uint64_t sum = 0;
  for (std::size_t i = 1; i < sections; ++i) {
    Elf_Scn* const scn = elf_getscn(elf, i);
    GElf_Shdr section;
    if (gelf_getshdr(scn, &section) == nullptr) return false;
    const char* const text = elf_strptr(elf, names, section.sh_name);
    const std::string_view name = text != nullptr ? text : "";
    if (name.starts_with(".zdebug_")) return false;  // of long ago
    const Section place{section.sh_offset, section.sh_size};
    if (i == names) at_once.push_back(place);
    if (section.sh_type == SHT_NOBITS) continue;
    if ((section.sh_flags & SHF_COMPRESSED) != 0 && name.starts_with(".debug_")) {
      // libdw unpacks each of them, wanted or not.
      GElf_Chdr compressed;
      if (gelf_getchdr(scn, &compressed) == nullptr) return false;
      if (compressed.ch_size > max_bytes_ - uncompressed_) return false;
      uncompressed_ += compressed.ch_size;
      at_once.push_back(place);
      sum += place.size;
    } else if (is_one_of(kAsNeeded, name)) {
      as_needed.push_back(place);
      sum += place.size;
      if (name == ".debug_info") info_ = place;
      if (name == ".debug_line") lines_ = place;
      // A text that does not end would be read beyond its section.
      if (name == ".debug_str" && place.size > 0) {
        at_once.push_back({place.offset + place.size - 1, 1});
      }
    } else if (is_one_of(kAtOnce, name)) {
      at_once.push_back(place);
      sum += place.size;
    }
  }
  if (sum == 0) return false;
  if (sum <= small) at_once.insert(at_once.end(), as_needed.begin(), as_needed.end());
  for (const Section& section : as_needed) {
    if (section.offset > size_ || section.size > size_ - section.offset) return false;
  }
  return std::all_of(at_once.begin(), at_once.end(),
                     [&](const Section& section) { return fill_at(section.offset, section.size); });
}

bool DwarfCopy::fill(const void* begin, std::size_t size) {
  const char* const from = static_cast<const char*>(begin);
  if (std::less<>()(from, bytes_) || !std::less<>()(from, bytes_ + size_)) return true;
  const auto offset = static_cast<std::size_t>(from - bytes_);
  return fill_at(offset, std::min(size, size_ - offset));
}

bool DwarfCopy::fill_text(const char* text) {
  constexpr std::size_t kMost = 64U << 10U;
  const char* const end = bytes_ + size_;
  if (std::less<>()(text, bytes_) || !std::less<>()(text, end)) return true;
  for (std::size_t done = 0; done < kMost;) {
    const std::size_t to_page = kPage - static_cast<std::size_t>(text + done - bytes_) % kPage;
    const std::size_t size = std::min(to_page, static_cast<std::size_t>(end - text) - done);
    if (size == 0 || !fill(text + done, size)) return false;
    if (std::memchr(text + done, '\0', size) != nullptr) return true;
    done += size;
  }
  return false;
}

bool DwarfCopy::fill_at(std::uint64_t offset, std::uint64_t size) {
  if (offset > size_ || size > size_ - offset) return false;
  if (size == 0) return true;
  const std::size_t end = (offset + size - 1) / kPage + 1;
  for (std::size_t page = offset / kPage; page < end;) {
    if (is_filled_[page]) {
      ++page;
      continue;
    }
    std::size_t after = page + 1;
    while (after < end && !is_filled_[after]) ++after;
    if (!read_pages(page, after)) return false;
    page = after;
  }
  return true;
}

bool DwarfCopy::read_pages(std::size_t first, std::size_t end) {
  if (is_lost_ || bytes() + (end - first) * kPage > max_bytes_) return false;
  std::size_t at = first * kPage;
  const std::size_t stop = std::min(end * kPage, size_);
  while (at < stop && !is_lost_) {
    const ssize_t got = pread(file_, bytes_ + at, stop - at, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) is_lost_ = true;
    if (got > 0) at += static_cast<std::size_t>(got);
  }
  is_lost_ = is_lost_ || !is_same_file();  // it may have changed while it was read
  if (is_lost_) return false;
  std::fill_n(is_filled_.begin() + static_cast<std::ptrdiff_t>(first), end - first, true);
  filled_ += end - first;
  return true;
}

}  // namespace picket::stacktrace
