#include "stacktrace/dwarf_file.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <new>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <gelf.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace picket::stacktrace {
namespace {

// What a file that lies may cost: beyond these it is not looked at any further.
constexpr std::size_t kMaxUnits = 1U << 18U;
constexpr std::size_t kMaxRanges = 1U << 20U;
constexpr std::size_t kMaxEntries = 2U << 20U;  // looked at for one question
constexpr std::size_t kMaxDepth = 256;
constexpr std::size_t kMaxInlined = 64;
constexpr std::size_t kBytesPerRow = 64;  // of a line table, in libdw's memory

// libdw would end the process. It is C code, but its frames can be unwound; what it held is lost.
[[gnu::noreturn]] void out_of_memory() { throw std::bad_alloc(); }

class Descriptor {
 public:
  explicit Descriptor(const std::string& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is(const FileIdentity& identity) const {
    return fd_ >= 0 && FileIdentity::of(fd_) == identity;
  }

 private:
  int fd_;
};

struct EndElf {
  void operator()(Elf* elf) const { elf_end(elf); }
};
struct EndDwarf {
  void operator()(Dwarf* dwarf) const { dwarf_end(dwarf); }
};
using ElfHandle = std::unique_ptr<Elf, EndElf>;
using DwarfHandle = std::unique_ptr<Dwarf, EndDwarf>;

bool is_debug_section(std::string_view name) noexcept {
  return name.starts_with(".debug_") || name == ".gnu_debugaltlink";
}

/// A copy of the parts of an ELF file that libdw needs, each where the file has it; what lies
/// between them is no memory. Pages of our own go back to the kernel when they end, whatever the
/// allocator keeps.
class PartialCopy {
 public:
  PartialCopy() = default;
  PartialCopy(PartialCopy&& other) noexcept
      : bytes_(std::exchange(other.bytes_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  PartialCopy& operator=(PartialCopy&&) = delete;
  ~PartialCopy() {
    if (bytes_ != nullptr) munmap(bytes_, size_);
  }

  /// Nothing if the file is shorter than it says. `elf`: of the same file.
  static std::optional<PartialCopy> read(int fd, Elf* elf) {
    struct stat status {};
    if (fstat(fd, &status) != 0 || status.st_size <= 0) return std::nullopt;
    PartialCopy copy;
    const auto size = static_cast<std::size_t>(status.st_size);
    void* const bytes = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED) return std::nullopt;
    copy.bytes_ = static_cast<char*>(bytes);
    copy.size_ = size;
    return copy.fill(fd, elf) ? std::optional(std::move(copy)) : std::nullopt;
  }

  /// What libelf makes of it. Lifetime: that of the copy.
  [[nodiscard]] ElfHandle open() const { return ElfHandle(elf_memory(bytes_, size_)); }

 private:
  [[nodiscard]] bool fill(int fd, Elf* elf) {
    GElf_Ehdr header;
    std::size_t sections = 0;
    std::size_t names = 0;
    if (gelf_getehdr(elf, &header) == nullptr || elf_getshdrnum(elf, &sections) != 0 ||
        elf_getshdrstrndx(elf, &names) != 0 || !read_part(fd, 0, header.e_ehsize) ||
        !read_part(fd, header.e_shoff, sections * header.e_shentsize)) {
      return false;
    }
    for (std::size_t i = 1; i < sections; ++i) {
      GElf_Shdr section;
      if (gelf_getshdr(elf_getscn(elf, i), &section) == nullptr) return false;
      const char* const name = elf_strptr(elf, names, section.sh_name);
      const bool is_wanted = i == names || (name != nullptr && is_debug_section(name));
      if (!is_wanted || section.sh_type == SHT_NOBITS) continue;
      if (!read_part(fd, section.sh_offset, section.sh_size)) return false;
    }
    return true;
  }

  [[nodiscard]] bool read_part(int fd, std::uint64_t offset, std::uint64_t size) {
    if (offset > size_ || size > size_ - offset) return false;
    while (size > 0) {
      const ssize_t got = pread(fd, bytes_ + offset, size, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      offset += static_cast<std::uint64_t>(got);
      size -= static_cast<std::uint64_t>(got);
    }
    return true;
  }

  char* bytes_ = nullptr;
  std::size_t size_ = 0;
};

/// What the debug sections take uncompressed; nothing if there are none to read.
std::optional<std::size_t> debug_bytes(Elf* elf, std::size_t max_bytes) {
  std::size_t names = 0;
  if (elf_getshdrstrndx(elf, &names) != 0) return std::nullopt;
  std::size_t sum = 0;
  for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr;
       section = elf_nextscn(elf, section)) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type == SHT_NOBITS) continue;
    const char* name = elf_strptr(elf, names, header.sh_name);
    if (name == nullptr) continue;
    if (std::string_view(name).starts_with(".zdebug_")) return std::nullopt;  // of long ago
    if (!std::string_view(name).starts_with(".debug_")) continue;
    sum += std::min<std::uint64_t>(header.sh_size, max_bytes + 1);
    if (sum > max_bytes) return std::nullopt;  // before a compressed one is read
    GElf_Chdr compressed;
    if ((header.sh_flags & SHF_COMPRESSED) != 0) {
      if (gelf_getchdr(section, &compressed) == nullptr) return std::nullopt;
      sum += std::min<std::uint64_t>(compressed.ch_size, max_bytes + 1);
    }
    if (sum > max_bytes) return std::nullopt;
  }
  return sum == 0 ? std::nullopt : std::optional(sum);
}

/// The bytes of a section, uncompressed; empty if it is not there.
std::string_view section_bytes(Elf* elf, std::string_view wanted) {
  std::size_t names = 0;
  if (elf_getshdrstrndx(elf, &names) != 0) return {};
  for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr;
       section = elf_nextscn(elf, section)) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) continue;
    const char* name = elf_strptr(elf, names, header.sh_name);
    if (name == nullptr || name != wanted) continue;
    const Elf_Data* data = elf_rawdata(section, nullptr);
    if (data == nullptr || data->d_buf == nullptr) return {};
    return {static_cast<const char*>(data->d_buf), data->d_size};
  }
  return {};
}

/// libdw does not look whether a text ends before its section does: the sections have to.
bool are_texts_ended(Elf* elf) {
  for (const char* name : {".debug_str", ".debug_line_str"}) {
    const std::string_view bytes = section_bytes(elf, name);
    if (!bytes.empty() && bytes.back() != '\0') return false;
  }
  return true;
}

/// A text within an entry, whose section ends with other things.
std::string text_in_entry(Elf* elf, const char* text) {
  const std::string_view bytes = section_bytes(elf, ".debug_info");
  const char* const end = bytes.data() + bytes.size();
  if (std::less<>()(text, bytes.data()) || !std::less<>()(text, end)) return {};
  const char* const zero = std::find(text, end, '\0');
  return zero == end ? std::string() : std::string(text, zero);
}

std::string text_of(Dwarf_Die& die, unsigned name) {
  Dwarf_Attribute attribute;
  if (dwarf_attr_integrate(&die, name, &attribute) == nullptr) return {};
  const char* text = dwarf_formstring(&attribute);
  if (text == nullptr) return {};
  if (dwarf_whatform(&attribute) != DW_FORM_string) return text;
  return text_in_entry(dwarf_getelf(dwarf_cu_getdwarf(die.cu)), text);
}

std::uint32_t number_of(Dwarf_Die& die, unsigned name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  if (dwarf_attr(&die, name, &attribute) == nullptr || dwarf_formudata(&attribute, &value) != 0) {
    return 0;
  }
  return value > UINT32_MAX ? 0 : static_cast<std::uint32_t>(value);
}

/// Compilers that were called with a relative path write that, and where they ran.
std::string absolute(std::string_view path, Dwarf_Die& unit) {
  std::filesystem::path whole(path);
  if (!whole.is_absolute()) whole = std::filesystem::path(text_of(unit, DW_AT_comp_dir)) / whole;
  return whole.lexically_normal();
}

/// Where the entry is declared that `die` completes.
Dwarf_Die declaration_of(Dwarf_Die die) {
  for (int step = 0; step < 16; ++step) {
    Dwarf_Attribute attribute;
    Dwarf_Die origin;
    if (dwarf_attr(&die, DW_AT_abstract_origin, &attribute) == nullptr &&
        dwarf_attr(&die, DW_AT_specification, &attribute) == nullptr) {
      break;
    }
    if (dwarf_formref_die(&attribute, &origin) == nullptr) break;
    die = origin;
  }
  return die;
}

/// The entries around `target`, outermost first, and itself.
std::vector<Dwarf_Die> path_to(Dwarf_Die target) {
  std::vector<Dwarf_Die> path;
  const Dwarf_Off wanted = dwarf_dieoffset(&target);
  Dwarf_Die parent;
  if (dwarf_diecu(&target, &parent, nullptr, nullptr) == nullptr) return {target};
  std::size_t entries = kMaxEntries;
  while (path.size() < kMaxDepth) {
    // Entries lie in the order of their offsets: the last one before the wanted one holds it.
    Dwarf_Die here;
    if (dwarf_child(&parent, &here) != 0) break;
    Dwarf_Die next;
    while (--entries > 0 && dwarf_siblingof(&here, &next) == 0 &&
           dwarf_dieoffset(&next) <= wanted) {
      here = next;
    }
    path.push_back(here);
    if (entries == 0 || dwarf_dieoffset(&here) == wanted) break;
    parent = here;
  }
  if (path.empty() || dwarf_dieoffset(&path.back()) != wanted) return {target};
  return path;
}

/// One name on the path; empty for what is not written in a qualified name.
std::string component(Dwarf_Die& die) {
  const std::string name = text_of(die, DW_AT_name);
  switch (dwarf_tag(&die)) {
    case DW_TAG_namespace:
      return name.empty() ? "(anonymous namespace)" : name;
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
      // A closure's type has no name of the language; compilers make one up, or none.
      return name.empty() || name.starts_with("<lambda") ? "{lambda}" : name;
    case DW_TAG_subprogram:
      return name;
    default:
      return {};
  }
}

/// For functions without linkage the compiler writes no mangled name.
std::string qualified_name(Dwarf_Die function) {
  std::string text;
  for (Dwarf_Die& die : path_to(declaration_of(function))) {
    const std::string part = component(die);
    if (part.empty()) continue;
    if (!text.empty()) text += "::";
    text += part;
  }
  return text;
}

void name_function(Dwarf_Die& function, SourcePoint& point) {
  point.symbol = text_of(function, DW_AT_linkage_name);
  if (point.symbol.empty()) point.symbol = text_of(function, DW_AT_MIPS_linkage_name);
  if (point.symbol.empty()) point.function = qualified_name(function);
}

/// Walks down the entries of a unit to those whose code holds an address.
class Descent {
 public:
  explicit Descent(Dwarf_Addr address) : address_(address) {}

  /// The function, then what is inlined in it, each in the one before.
  std::vector<Dwarf_Die> functions_in(Dwarf_Die unit) {
    std::vector<Dwarf_Die> functions;
    Dwarf_Die child;
    if (dwarf_child(&unit, &child) != 0) return functions;
    std::vector<Dwarf_Die> open{child};
    for (std::size_t entries = 0; !open.empty() && entries < kMaxEntries; ++entries) {
      Dwarf_Die here = open.back();
      const Step step = look_at(here, open);
      if (step == Step::into_alone) {
        open.clear();  // nothing else holds the address
        const bool is_block = dwarf_tag(&here) == DW_TAG_lexical_block;
        if (!is_block && functions.size() <= kMaxInlined) functions.push_back(here);
      }
      if (step != Step::over && open.size() < kMaxDepth && dwarf_child(&here, &child) == 0) {
        open.push_back(child);
      } else {
        go_on(open);
      }
    }
    return functions;
  }

 private:
  enum class Step : unsigned char { over, into, into_alone };

  [[nodiscard]] Step look_at(Dwarf_Die& die, std::vector<Dwarf_Die>& open) const {
    switch (dwarf_tag(&die)) {
      case DW_TAG_subprogram:
        if (dwarf_haspc(&die, address_) == 1) return Step::into_alone;
        // A local class has its functions in the function around it.
        return has_code(die) ? Step::into : Step::over;
      case DW_TAG_inlined_subroutine:
        return dwarf_haspc(&die, address_) == 1 ? Step::into_alone : Step::over;
      case DW_TAG_lexical_block:
        if (dwarf_haspc(&die, address_) == 1) return Step::into_alone;
        return Step::into;
      case DW_TAG_namespace:
        return Step::into;
      case DW_TAG_class_type:
      case DW_TAG_structure_type:
      case DW_TAG_union_type:
        // Other classes only declare theirs, and they are many.
        return is_in_function(open) ? Step::into : Step::over;
      default:
        return Step::over;
    }
  }

  static bool is_in_function(std::vector<Dwarf_Die>& open) {
    return std::any_of(open.begin(), std::prev(open.end()),
                       [](Dwarf_Die& die) { return dwarf_tag(&die) == DW_TAG_subprogram; });
  }

  static bool has_code(Dwarf_Die& die) {
    return dwarf_hasattr(&die, DW_AT_low_pc) != 0 || dwarf_hasattr(&die, DW_AT_ranges) != 0;
  }

  /// To the next entry on this level, or on the nearest one above that has one.
  static void go_on(std::vector<Dwarf_Die>& open) {
    while (!open.empty()) {
      Dwarf_Die next;
      if (dwarf_siblingof(&open.back(), &next) == 0) {
        open.back() = next;
        return;
      }
      open.pop_back();
    }
  }

  Dwarf_Addr address_;
};

}  // namespace

class DwarfFile::Impl {
 public:
  Impl(PartialCopy copy, ElfHandle elf, DwarfHandle dwarf, std::size_t bytes)
      : copy_(std::move(copy)), elf_(std::move(elf)), dwarf_(std::move(dwarf)), bytes_(bytes) {
    list_units();
  }

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  std::vector<SourcePoint> at(Dwarf_Addr address) {
    std::vector<SourcePoint> points;
    Unit* unit = unit_at(address);
    if (unit == nullptr) return points;
    Dwarf_Die die;
    if (dwarf_offdie(dwarf_.get(), unit->offset, &die) == nullptr) return points;

    SourcePoint point = line_at(*unit, die, address);
    // The entries of a skeleton are in another file.
    if (!unit->is_skeleton) {
      std::vector<Dwarf_Die> functions = Descent(address).functions_in(die);
      while (!functions.empty()) {
        Dwarf_Die function = functions.back();
        functions.pop_back();
        name_function(function, point);
        const SourcePoint caller = functions.empty() ? SourcePoint{} : call_of(function, die);
        points.push_back(std::exchange(point, caller));
      }
    }
    if (points.empty() && point.line != 0) points.push_back(std::move(point));
    return points;
  }

 private:
  struct Unit {
    Dwarf_Addr begin, end;
    Dwarf_Off offset;
    bool is_skeleton;
  };

  // Not by `.debug_aranges`, which not every compiler writes.
  void list_units() {
    Dwarf_CU* unit = nullptr;
    Dwarf_Die die;
    std::uint8_t type = 0;
    for (std::size_t count = 0; count < kMaxUnits; ++count) {
      if (dwarf_get_units(dwarf_.get(), unit, &unit, nullptr, &type, &die, nullptr) != 0) break;
      if (type != DW_UT_compile && type != DW_UT_partial && type != DW_UT_skeleton) continue;
      list_ranges(die, type == DW_UT_skeleton);
    }
    std::sort(units_.begin(), units_.end(),
              [](const Unit& a, const Unit& b) { return a.begin < b.begin; });
    units_.shrink_to_fit();
    bytes_ += units_.size() * sizeof(Unit);
  }

  void list_ranges(Dwarf_Die& die, bool is_skeleton) {
    Dwarf_Addr base = 0, begin = 0, end = 0;
    std::ptrdiff_t next = 0;
    while (units_.size() < kMaxRanges &&
           (next = dwarf_ranges(&die, next, &base, &begin, &end)) > 0) {
      // Code that the linker threw away lies at 0.
      if (begin != 0 && begin < end) {
        units_.push_back({begin, end, dwarf_dieoffset(&die), is_skeleton});
      }
    }
  }

  Unit* unit_at(Dwarf_Addr address) {
    const auto after =
        std::upper_bound(units_.begin(), units_.end(), address,
                         [](Dwarf_Addr at, const Unit& unit) { return at < unit.begin; });
    if (after == units_.begin()) return nullptr;
    Unit& unit = *std::prev(after);
    return address < unit.end ? &unit : nullptr;
  }

  SourcePoint line_at(const Unit& unit, Dwarf_Die& die, Dwarf_Addr address) {
    Dwarf_Lines* lines = nullptr;
    std::size_t count = 0;
    if (dwarf_getsrclines(&die, &lines, &count) != 0) return {};
    if (with_lines_.insert(unit.offset).second) bytes_ += count * kBytesPerRow;
    Dwarf_Line* line = dwarf_getsrc_die(&die, address);
    int number = 0;
    if (line == nullptr || dwarf_lineno(line, &number) != 0 || number <= 0) return {};
    const char* path = dwarf_linesrc(line, nullptr, nullptr);
    SourcePoint point;
    if (path == nullptr) return point;
    point.path = absolute(path, die);
    point.line = static_cast<std::uint32_t>(number);
    return point;
  }

  /// Where an inlined function was called.
  static SourcePoint call_of(Dwarf_Die& inlined, Dwarf_Die& unit) {
    SourcePoint point;
    Dwarf_Files* files = nullptr;
    std::size_t count = 0;
    const std::uint32_t file = number_of(inlined, DW_AT_call_file);
    if (dwarf_getsrcfiles(&unit, &files, &count) != 0 || file >= count) return point;
    const char* path = dwarf_filesrc(files, file, nullptr, nullptr);
    if (path == nullptr) return point;
    point.path = absolute(path, unit);
    point.line = number_of(inlined, DW_AT_call_line);
    return point;
  }

  PartialCopy copy_;
  ElfHandle elf_;      // ends before `copy_`
  DwarfHandle dwarf_;  // ends before `elf_`
  std::size_t bytes_;
  std::vector<Unit> units_{};  // by address, one for each range
  std::unordered_set<Dwarf_Off> with_lines_{};
};

DwarfFile::DwarfFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DwarfFile::~DwarfFile() = default;

bool DwarfFile::is_supported() noexcept { return true; }

std::unique_ptr<DwarfFile> DwarfFile::open(const std::string& path, const FileIdentity& identity,
                                           std::size_t max_bytes) {
  elf_version(EV_CURRENT);
  const Descriptor file(path);
  if (!file.is(identity)) return nullptr;
  const ElfHandle headers(elf_begin(file.get(), ELF_C_READ, nullptr));  // reads, and never maps
  if (headers == nullptr || elf_kind(headers.get()) != ELF_K_ELF) return nullptr;
  const auto bytes = debug_bytes(headers.get(), max_bytes);
  if (!bytes) return nullptr;
  auto copy = PartialCopy::read(file.get(), headers.get());
  if (!copy || !file.is(identity)) return nullptr;  // it changed while it was read
  ElfHandle elf = copy->open();
  if (elf == nullptr) return nullptr;
  DwarfHandle dwarf(dwarf_begin_elf(elf.get(), DWARF_C_READ, nullptr));
  if (dwarf == nullptr) return nullptr;
  dwarf_new_oom_handler(dwarf.get(), &out_of_memory);
  // Its entries are in a second file, which libdw would look for and map.
  const char* common = nullptr;
  const void* common_id = nullptr;
  if (dwelf_dwarf_gnu_debugaltlink(dwarf.get(), &common, &common_id) != 0) return nullptr;
  if (!are_texts_ended(elf.get())) return nullptr;
  return std::unique_ptr<DwarfFile>(new DwarfFile(
      std::make_unique<Impl>(*std::move(copy), std::move(elf), std::move(dwarf), *bytes)));
}

std::vector<SourcePoint> DwarfFile::at(std::uint64_t address) { return impl_->at(address); }

std::size_t DwarfFile::bytes() const noexcept { return impl_->bytes(); }

}  // namespace picket::stacktrace
