#include "stacktrace/dwarf_file.hpp"

#include "stacktrace/dwarf_copy.hpp"

#include <algorithm>
#include <cstring>
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
#include <gelf.h>

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

struct EndDwarf {
  void operator()(Dwarf* dwarf) const { dwarf_end(dwarf); }
};
using DwarfHandle = std::unique_ptr<Dwarf, EndDwarf>;

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

/// Has read what libdw is about to look at.
class Reader {
 public:
  explicit Reader(DwarfCopy& copy) : copy_(copy) {
    const std::string_view info = copy_.info();
    std::uint64_t begin = 0;
    while (begin < info.size() && units_.size() < kMaxUnits) {
      units_.push_back(begin);
      constexpr std::size_t kHead = 1024;  // with the first entry, which tells the ranges
      const std::uint64_t size = length_at(info, begin, kHead);
      if (size == 0) break;
      begin += size;
    }
    units_.push_back(std::min<std::uint64_t>(begin, info.size()));
  }

  /// The whole unit that an entry lies in.
  bool fill_unit_of(const Dwarf_Die& die) {
    const std::string_view info = copy_.info();
    const char* const here = static_cast<const char*>(die.addr);
    if (std::less<>()(here, info.data()) || !std::less<>()(here, info.data() + info.size())) {
      return true;  // unpacked
    }
    const auto offset = static_cast<std::uint64_t>(here - info.data());
    const auto after = std::upper_bound(units_.begin(), units_.end(), offset);
    if (after == units_.begin() || after == units_.end()) return false;
    const std::uint64_t begin = *std::prev(after);
    return copy_.fill(info.data() + begin, *after - begin);
  }

  /// The line table of a unit.
  bool fill_lines_of(Dwarf_Die& unit) {
    Dwarf_Attribute attribute;
    Dwarf_Word offset = 0;
    if (dwarf_attr(&unit, DW_AT_stmt_list, &attribute) == nullptr ||
        dwarf_formudata(&attribute, &offset) != 0) {
      return false;
    }
    const std::string_view lines = copy_.lines();
    if (lines.empty()) return true;  // unpacked
    if (offset >= lines.size()) return false;
    const std::uint64_t size = length_at(lines, offset, 0);
    return size != 0 && copy_.fill(lines.data() + offset, size);
  }

  std::string text_of(Dwarf_Die die, unsigned name) {
    Dwarf_Attribute attribute;
    for (int step = 0; dwarf_attr(&die, name, &attribute) == nullptr; ++step) {
      if (step > 16 || !follow(die)) return {};
    }
    const char* const text = dwarf_formstring(&attribute);
    if (text == nullptr || !copy_.fill_text(text)) return {};
    if (dwarf_whatform(&attribute) != DW_FORM_string) return text;
    return text_in_entry(dwarf_getelf(dwarf_cu_getdwarf(die.cu)), text);
  }

  /// To the entry that `die` completes, or is a copy of. False at the last one.
  bool follow(Dwarf_Die& die) {
    Dwarf_Attribute attribute;
    Dwarf_Die origin;
    if (dwarf_attr(&die, DW_AT_abstract_origin, &attribute) == nullptr &&
        dwarf_attr(&die, DW_AT_specification, &attribute) == nullptr) {
      return false;
    }
    if (dwarf_formref_die(&attribute, &origin) == nullptr || !fill_unit_of(origin)) return false;
    die = origin;
    return true;
  }

 private:
  /// A text within an entry, whose section ends with other things.
  static std::string text_in_entry(Elf* elf, const char* text) {
    const std::string_view bytes = section_bytes(elf, ".debug_info");
    const char* const end = bytes.data() + bytes.size();
    if (std::less<>()(text, bytes.data()) || !std::less<>()(text, end)) return {};
    const char* const zero = std::find(text, end, '\0');
    return zero == end ? std::string() : std::string(text, zero);
  }

  /// Of a part of a section that begins with its length; 0 when it makes no sense.
  std::uint64_t length_at(std::string_view section, std::uint64_t offset, std::size_t more) {
    constexpr std::uint32_t kLong = 0xFFFFFFFFU;
    constexpr std::uint32_t kReserved = 0xFFFFFFF0U;
    const std::uint64_t rest = section.size() - offset;
    const std::size_t head = 12;
    if (rest < head ||
        !copy_.fill(section.data() + offset, std::min<std::uint64_t>(rest, std::max(more, head)))) {
      return 0;
    }
    std::uint32_t size = 0;
    std::memcpy(&size, section.data() + offset, sizeof size);
    std::uint64_t whole = std::uint64_t{size} + sizeof size;
    if (size == kLong) {
      std::memcpy(&whole, section.data() + offset + sizeof size, sizeof whole);
      if (whole > rest) return 0;
      whole += head;
    } else if (size >= kReserved) {
      return 0;
    }
    return whole <= rest ? whole : 0;
  }

  DwarfCopy& copy_;
  std::vector<std::uint64_t> units_{};  // where each begins, and where the last one ends
};

std::uint32_t number_of(Dwarf_Die& die, unsigned name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  if (dwarf_attr(&die, name, &attribute) == nullptr || dwarf_formudata(&attribute, &value) != 0) {
    return 0;
  }
  return value > UINT32_MAX ? 0 : static_cast<std::uint32_t>(value);
}

/// Compilers that were called with a relative path write that, and where they ran.
std::string absolute(Reader& reader, std::string_view path, Dwarf_Die& unit) {
  std::filesystem::path whole(path);
  if (!whole.is_absolute()) {
    whole = std::filesystem::path(reader.text_of(unit, DW_AT_comp_dir)) / whole;
  }
  return whole.lexically_normal();
}

/// Where the entry is declared that `die` completes.
Dwarf_Die declaration_of(Reader& reader, Dwarf_Die die) {
  for (int step = 0; step < 16 && reader.follow(die); ++step) {
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
std::string component(Reader& reader, Dwarf_Die& die) {
  const std::string name = reader.text_of(die, DW_AT_name);
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
std::string qualified_name(Reader& reader, Dwarf_Die function) {
  std::string text;
  for (Dwarf_Die& die : path_to(declaration_of(reader, function))) {
    const std::string part = component(reader, die);
    if (part.empty()) continue;
    if (!text.empty()) text += "::";
    text += part;
  }
  return text;
}

void name_function(Reader& reader, Dwarf_Die& function, SourcePoint& point) {
  point.symbol = reader.text_of(function, DW_AT_linkage_name);
  if (point.symbol.empty()) point.symbol = reader.text_of(function, DW_AT_MIPS_linkage_name);
  if (point.symbol.empty()) point.function = qualified_name(reader, function);
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
  Impl(std::unique_ptr<DwarfCopy> copy, ElfHandle elf, DwarfHandle dwarf)
      : copy_(std::move(copy)), elf_(std::move(elf)), dwarf_(std::move(dwarf)), reader_(*copy_) {
    list_units();
  }

  [[nodiscard]] std::size_t bytes() const noexcept { return copy_->bytes() + bytes_of_tables_; }

  std::vector<SourcePoint> at(Dwarf_Addr address) {
    std::vector<SourcePoint> points;
    Unit* unit = unit_at(address);
    if (unit == nullptr) return points;
    Dwarf_Die die;
    if (dwarf_offdie(dwarf_.get(), unit->offset, &die) == nullptr) return points;
    if (!reader_.fill_unit_of(die)) return points;

    SourcePoint point = line_at(*unit, die, address);
    // The entries of a skeleton are in another file.
    if (!unit->is_skeleton) {
      std::vector<Dwarf_Die> functions = Descent(address).functions_in(die);
      while (!functions.empty()) {
        Dwarf_Die function = functions.back();
        functions.pop_back();
        name_function(reader_, function, point);
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
    units_.shrink_to_fit();
    bytes_of_tables_ += units_.size() * sizeof(Unit);
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

  /// The ranges are as many as there are functions. To sort them takes longer than to look through
  /// all of them a few times, and a few times is all that most programs ask.
  Unit* unit_at(Dwarf_Addr address) {
    constexpr int kFewQuestions = 64;
    if (questions_ < kFewQuestions) {
      ++questions_;
      const auto found = std::find_if(units_.begin(), units_.end(), [address](const Unit& unit) {
        return unit.begin <= address && address < unit.end;
      });
      return found == units_.end() ? nullptr : &*found;
    }
    if (questions_ == kFewQuestions) {
      ++questions_;
      std::sort(units_.begin(), units_.end(),
                [](const Unit& a, const Unit& b) { return a.begin < b.begin; });
    }
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
    if (!reader_.fill_lines_of(die)) return {};
    static_cast<void>(reader_.text_of(die, DW_AT_comp_dir));  // it becomes a part of the paths
    if (dwarf_getsrclines(&die, &lines, &count) != 0) return {};
    if (with_lines_.insert(unit.offset).second) bytes_of_tables_ += count * kBytesPerRow;
    Dwarf_Line* line = dwarf_getsrc_die(&die, address);
    int number = 0;
    if (line == nullptr || dwarf_lineno(line, &number) != 0 || number <= 0) return {};
    const char* path = dwarf_linesrc(line, nullptr, nullptr);
    SourcePoint point;
    if (path == nullptr) return point;
    point.path = absolute(reader_, path, die);
    point.line = static_cast<std::uint32_t>(number);
    return point;
  }

  /// Where an inlined function was called.
  SourcePoint call_of(Dwarf_Die& inlined, Dwarf_Die& unit) {
    SourcePoint point;
    Dwarf_Files* files = nullptr;
    std::size_t count = 0;
    const std::uint32_t file = number_of(inlined, DW_AT_call_file);
    if (!reader_.fill_lines_of(unit)) return point;
    if (dwarf_getsrcfiles(&unit, &files, &count) != 0 || file >= count) return point;
    const char* path = dwarf_filesrc(files, file, nullptr, nullptr);
    if (path == nullptr) return point;
    point.path = absolute(reader_, path, unit);
    point.line = number_of(inlined, DW_AT_call_line);
    return point;
  }

  std::unique_ptr<DwarfCopy> copy_;
  ElfHandle elf_;      // ends before `copy_`
  DwarfHandle dwarf_;  // ends before `elf_`
  Reader reader_;
  std::size_t bytes_of_tables_ = 0;
  std::vector<Unit> units_{};  // one for each range; by address once there were many questions
  int questions_ = 0;
  std::unordered_set<Dwarf_Off> with_lines_{};
};

DwarfFile::DwarfFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DwarfFile::~DwarfFile() = default;

bool DwarfFile::is_supported() noexcept { return true; }

std::unique_ptr<DwarfFile> DwarfFile::open(const std::string& path, const FileIdentity& identity,
                                           std::size_t max_bytes, std::size_t small) {
  elf_version(EV_CURRENT);
  auto copy = DwarfCopy::open(path, identity, max_bytes, small);
  if (copy == nullptr) return nullptr;
  ElfHandle elf = copy->elf();
  if (elf == nullptr) return nullptr;
  DwarfHandle dwarf(dwarf_begin_elf(elf.get(), DWARF_C_READ, nullptr));
  if (dwarf == nullptr) return nullptr;
  dwarf_new_oom_handler(dwarf.get(), &out_of_memory);
  // Its entries are in a second file, which libdw would look for and map.
  const char* common = nullptr;
  const void* common_id = nullptr;
  if (dwelf_dwarf_gnu_debugaltlink(dwarf.get(), &common, &common_id) != 0) return nullptr;
  if (!are_texts_ended(elf.get())) return nullptr;
  return std::unique_ptr<DwarfFile>(
      new DwarfFile(std::make_unique<Impl>(std::move(copy), std::move(elf), std::move(dwarf))));
}

std::vector<SourcePoint> DwarfFile::at(std::uint64_t address) { return impl_->at(address); }

std::size_t DwarfFile::bytes() const noexcept { return impl_->bytes(); }

}  // namespace picket::stacktrace
