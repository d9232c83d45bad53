#include "stacktrace/elf_file.hpp"

#include "stacktrace/debug_id.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace picket::stacktrace {
namespace {

constexpr std::size_t kMaxHeaders = 4096;  // segments, and sections, of one file
constexpr std::size_t kMaxNoteBytes = 64 << 10U;
constexpr unsigned char kNativeClass = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
constexpr unsigned char kNativeOrder =
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;

#if defined(__aarch64__)
constexpr std::uint64_t kStubsOfItsOwn = 2;
#else
constexpr std::uint64_t kStubsOfItsOwn = 1;
#endif

std::size_t round_up(std::size_t value, std::size_t align) {
  return (value + align - 1) / align * align;
}

}  // namespace

std::span<const std::uint8_t> find_build_id(std::span<const std::uint8_t> notes,
                                            std::size_t align) {
  align = align == 8 ? 8 : 4;
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) header;
    std::memcpy(&header, notes.data(), sizeof(header));
    // Sizes are 32 bits wide and the sums 64, so they cannot wrap around.
    const std::uint64_t name_begin = sizeof(header);
    const std::uint64_t text_begin = round_up(name_begin + header.n_namesz, align);
    const std::uint64_t text_end = text_begin + header.n_descsz;
    if (text_end > notes.size()) return {};
    const bool is_gnu =
        header.n_namesz == 4 && std::memcmp(notes.data() + name_begin, "GNU", 4) == 0;
    if (is_gnu && header.n_type == NT_GNU_BUILD_ID && header.n_descsz > 0) {
      return notes.subspan(text_begin, header.n_descsz);
    }
    notes = notes.subspan(std::min<std::size_t>(round_up(text_end, align), notes.size()));
  }
  return {};
}

std::optional<FileIdentity> FileIdentity::of(int descriptor) noexcept {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return FileIdentity{status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
                      status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

// An open file, or one that lies in memory, for the time of one question.
class ElfFile::Handle {
 public:
  explicit Handle(const ElfFile& elf) : bytes_(elf.bytes_.get()) {
    if (bytes_ != nullptr) {
      is_file_ = true;
      identity_.size = bytes_->size();
      return;
    }
    // O_NONBLOCK: a path that has become a pipe must not hold up the worker.
    fd_ = ::open(elf.path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const auto identity = fd_ < 0 ? std::nullopt : FileIdentity::of(fd_);
    is_file_ = identity.has_value();
    if (identity) identity_ = *identity;
  }
  ~Handle() {
    if (fd_ >= 0) ::close(fd_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  [[nodiscard]] bool is_file() const { return is_file_; }
  [[nodiscard]] const FileIdentity& identity() const { return identity_; }

  /// How many of `bytes` bytes from `offset` on lie in the file.
  [[nodiscard]] std::size_t available(std::uint64_t offset, std::uint64_t bytes) const {
    if (offset >= identity_.size) return 0;
    return static_cast<std::size_t>(std::min(bytes, identity_.size - offset));
  }

  /// Fills `target`, or says that the file ends before.
  [[nodiscard]] bool read(std::uint64_t offset, void* target, std::size_t bytes) const {
    if (available(offset, bytes) != bytes) return false;
    if (bytes_ != nullptr) {
      if (bytes > 0) std::memcpy(target, bytes_->data() + offset, bytes);
      return true;
    }
    auto* out = static_cast<char*>(target);
    while (bytes > 0) {
      const ssize_t got = ::pread(fd_, out, bytes, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      const auto count = static_cast<std::size_t>(got);
      out += count;
      offset += count;
      bytes -= count;
    }
    return true;
  }

  /// As many of `count` items as the file holds, at most `limit`.
  template <class Item>
  [[nodiscard]] std::vector<Item> read_items(std::uint64_t offset, std::uint64_t count,
                                             std::size_t limit) const {
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(count, limit));
    std::vector<Item> items(available(offset, wanted * sizeof(Item)) / sizeof(Item));
    if (!read(offset, items.data(), items.size() * sizeof(Item))) items.clear();
    return items;
  }

 private:
  const std::vector<std::uint8_t>* bytes_;
  int fd_ = -1;
  bool is_file_ = false;
  FileIdentity identity_{};
};

std::optional<ElfFile> ElfFile::open(std::string path) {
  ElfFile elf(std::move(path));
  const Handle file(elf);
  if (!file.is_file() || !elf.read_headers(file)) return std::nullopt;
  elf.identity_ = file.identity();
  return elf;
}

std::optional<ElfFile> ElfFile::of_bytes(std::vector<std::uint8_t> bytes) {
  ElfFile elf{std::string()};
  elf.bytes_ = std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
  const Handle file(elf);
  if (!elf.read_headers(file)) return std::nullopt;
  elf.identity_ = file.identity();
  return elf;
}

bool ElfFile::read_headers(const Handle& file) {
  ElfW(Ehdr) header;
  if (!file.read(0, &header, sizeof(header))) return false;
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != kNativeClass || header.e_ident[EI_DATA] != kNativeOrder) {
    return false;
  }
  if (header.e_phentsize == sizeof(ElfW(Phdr))) {
    segments_ = file.read_items<ElfW(Phdr)>(header.e_phoff, header.e_phnum, kMaxHeaders);
  }
  if (header.e_shentsize == sizeof(ElfW(Shdr))) {
    sections_ = file.read_items<ElfW(Shdr)>(header.e_shoff, header.e_shnum, kMaxHeaders);
  }
  names_section_ = header.e_shstrndx;
  return true;
}

const ElfW(Shdr) * ElfFile::section(const Handle& file, const char* name) const {
  if (names_section_ >= sections_.size()) return nullptr;
  const ElfW(Shdr)& names = sections_[names_section_];
  const std::string_view wanted(name, std::strlen(name) + 1);  // with its final zero
  for (const ElfW(Shdr) & candidate : sections_) {
    if (candidate.sh_name >= names.sh_size) continue;
    char found[32];
    if (wanted.size() > sizeof(found) || wanted.size() > names.sh_size - candidate.sh_name)
      continue;
    if (!file.read(names.sh_offset + candidate.sh_name, found, wanted.size())) continue;
    if (std::string_view(found, wanted.size()) == wanted) return &candidate;
  }
  return nullptr;
}

const ElfW(Shdr) * ElfFile::section_of_type(std::uint32_t type) const {
  const auto found = std::find_if(sections_.begin(), sections_.end(),
                                  [type](const auto& each) { return each.sh_type == type; });
  return found == sections_.end() ? nullptr : &*found;
}

std::vector<std::uint8_t> ElfFile::build_id() const {
  const Handle file(*this);
  if (file.identity() != identity_) return {};
  const auto id_in = [&](std::uint64_t offset, std::uint64_t size, std::uint64_t align) {
    const auto notes = file.read_items<std::uint8_t>(offset, size, kMaxNoteBytes);
    const auto id = find_build_id(notes, static_cast<std::size_t>(align));
    return std::vector<std::uint8_t>(id.begin(), id.end());
  };
  for (const ElfW(Phdr) & segment : segments_) {
    if (segment.p_type != PT_NOTE) continue;
    auto id = id_in(segment.p_offset, segment.p_filesz, segment.p_align);
    if (!id.empty()) return id;
  }
  const ElfW(Shdr)* notes = section(file, ".note.gnu.build-id");
  if (notes == nullptr) return {};
  return id_in(notes->sh_offset, notes->sh_size, notes->sh_addralign);
}

std::vector<std::uint8_t> ElfFile::text_head() const {
  const Handle file(*this);
  if (file.identity() != identity_) return {};
  const ElfW(Shdr)* text = section(file, ".text");
  if (text == nullptr || text->sh_type == SHT_NOBITS) return {};
  return file.read_items<std::uint8_t>(text->sh_offset, text->sh_size, kTextHead);
}

bool ElfFile::has_section(const char* name) const {
  const Handle file(*this);
  if (file.identity() != identity_) return false;
  const ElfW(Shdr)* found = section(file, name);
  return found != nullptr && found->sh_type != SHT_NOBITS;
}

std::vector<std::uint8_t> ElfFile::section_bytes(const char* name, std::size_t max_bytes) const {
  const Handle file(*this);
  if (file.identity() != identity_) return {};
  const ElfW(Shdr)* found = section(file, name);
  if (found == nullptr || found->sh_type == SHT_NOBITS || found->sh_size > max_bytes) return {};
  return file.read_items<std::uint8_t>(found->sh_offset, found->sh_size, max_bytes);
}

std::optional<ElfFile::Function> ElfFile::function_at(std::uint64_t address) {
  const Handle file(*this);
  if (file.identity() != identity_) return std::nullopt;
  if (!has_functions_) read_functions(file);
  const Symbol* symbol = symbol_at(address);
  if (symbol == nullptr) return stub_at(file, address);
  std::string name = name_of(file, *symbol);
  if (name.empty()) return std::nullopt;
  return Function{symbol->address, std::move(name)};
}

// `.symtab` has every function, `.dynsym` only those that other modules may call; a stripped file
// has the latter alone.
void ElfFile::read_functions(const Handle& file) {
  has_functions_ = true;
  const ElfW(Shdr)* table = section_of_type(SHT_SYMTAB);
  if (table == nullptr) table = section_of_type(SHT_DYNSYM);
  if (table == nullptr || table->sh_entsize != sizeof(ElfW(Sym)) ||
      table->sh_link >= sections_.size()) {
    return;
  }
  const ElfW(Shdr)& strings = sections_[table->sh_link];
  strings_offset_ = strings.sh_offset;
  strings_size_ = file.available(strings.sh_offset, strings.sh_size);
  read_symbols(file, *table);

  // Of several names for one address the first in the table stays (local ones come first there;
  // constructors and their aliases read the same). Sizes decide before that: code without a size
  // is assembly's and knows less.
  std::stable_sort(functions_.begin(), functions_.end(), [](const Symbol& a, const Symbol& b) {
    return a.address != b.address ? a.address < b.address : a.size > b.size;
  });
  const auto end =
      std::unique(functions_.begin(), functions_.end(),
                  [](const Symbol& a, const Symbol& b) { return a.address == b.address; });
  functions_.erase(end, functions_.end());
  functions_.shrink_to_fit();
}

void ElfFile::read_symbols(const Handle& file, const ElfW(Shdr) & table) {
  constexpr std::size_t kChunk = 2048;
  const std::uint64_t count = table.sh_size / sizeof(ElfW(Sym));
  for (std::uint64_t first = 0; first < count && functions_.size() < kMaxFunctions;) {
    const auto chunk = file.read_items<ElfW(Sym)>(table.sh_offset + first * sizeof(ElfW(Sym)),
                                                  count - first, kChunk);
    if (chunk.empty()) return;
    for (const ElfW(Sym) & symbol : chunk) {
      const unsigned type = symbol.st_info & 0xFU;
      const bool is_function = type == STT_FUNC || type == STT_GNU_IFUNC;
      if (!is_function || symbol.st_shndx == SHN_UNDEF || symbol.st_value == 0) continue;
      if (symbol.st_name >= strings_size_) continue;
      constexpr std::uint64_t kMaxSize = std::numeric_limits<std::uint32_t>::max();
      functions_.push_back(
          {.address = symbol.st_value,
           .size = static_cast<std::uint32_t>(std::min<std::uint64_t>(symbol.st_size, kMaxSize)),
           .name = symbol.st_name});
    }
    first += chunk.size();
  }
}

// The linker gives its stubs no symbols. The n-th one is for the n-th relocation of their table;
// where there are two sections of them, `.plt.sec` has those that are called.
std::optional<ElfFile::Function> ElfFile::stub_at(const Handle& file, std::uint64_t address) const {
  constexpr std::uint64_t kBytes = 16;
  struct Section {
    const char* name;
    std::uint64_t stubs_of_its_own;  // at its beginning
  };
  for (const Section stubs : {Section{".plt.sec", 0}, Section{".plt", kStubsOfItsOwn}}) {
    const ElfW(Shdr)* found = section(file, stubs.name);
    if (found == nullptr || address - found->sh_addr >= found->sh_size) continue;
    const std::uint64_t index = (address - found->sh_addr) / kBytes;
    if (index < stubs.stubs_of_its_own) return std::nullopt;
    std::string name = called_by_stub(file, index - stubs.stubs_of_its_own);
    if (name.empty()) return std::nullopt;
    return Function{found->sh_addr + index * kBytes, name + "@plt"};
  }
  return std::nullopt;
}

std::string ElfFile::called_by_stub(const Handle& file, std::uint64_t index) const {
  const ElfW(Shdr)* calls = section(file, ".rela.plt");
  if (calls == nullptr || index >= calls->sh_size / sizeof(ElfW(Rela))) return {};
  if (calls->sh_link >= sections_.size()) return {};
  const ElfW(Shdr)& symbols = sections_[calls->sh_link];
  if (symbols.sh_link >= sections_.size()) return {};
  const ElfW(Shdr)& strings = sections_[symbols.sh_link];

  const auto call =
      file.read_items<ElfW(Rela)>(calls->sh_offset + index * sizeof(ElfW(Rela)), 1, 1);
  if (call.empty()) return {};
  const std::uint64_t number =
      sizeof(void*) == 8 ? ELF64_R_SYM(std::uint64_t{call[0].r_info}) : ELF32_R_SYM(call[0].r_info);
  if (number == 0 || number >= symbols.sh_size / sizeof(ElfW(Sym))) return {};
  const auto symbol =
      file.read_items<ElfW(Sym)>(symbols.sh_offset + number * sizeof(ElfW(Sym)), 1, 1);
  if (symbol.empty() || symbol[0].st_name >= strings.sh_size) return {};
  return text_at(file, strings.sh_offset + symbol[0].st_name, strings.sh_size - symbol[0].st_name);
}

const ElfFile::Symbol* ElfFile::symbol_at(std::uint64_t address) const {
  const auto after =
      std::upper_bound(functions_.begin(), functions_.end(), address,
                       [](std::uint64_t at, const Symbol& symbol) { return at < symbol.address; });
  // Functions may lie inside one another (parts that the compiler moved); a few steps back find the
  // outer one.
  constexpr std::ptrdiff_t kMaxSteps = 8;
  const auto steps = std::min(kMaxSteps, after - functions_.begin());
  for (std::ptrdiff_t back = 1; back <= steps; ++back) {
    const Symbol& symbol = *(after - back);
    if (address - symbol.address < symbol.size || (symbol.size == 0 && back == 1)) return &symbol;
  }
  return nullptr;
}

std::string ElfFile::name_of(const Handle& file, const Symbol& symbol) const {
  return text_at(file, strings_offset_ + symbol.name, strings_size_ - symbol.name);
}

std::string ElfFile::text_at(const Handle& file, std::uint64_t offset, std::uint64_t max_bytes) {
  const auto bytes = file.read_items<char>(offset, max_bytes, kMaxNameBytes);
  const auto end = std::find(bytes.begin(), bytes.end(), '\0');
  // A name that does not end is cut, and half a mangled name is none.
  if (end == bytes.end()) return {};
  return {bytes.begin(), std::find(bytes.begin(), end, '@')};  // without a symbol version
}

}  // namespace picket::stacktrace
