#include "base/fork.hpp"
#include "stacktrace/debug_id.hpp"
#include "stacktrace/debug_info.hpp"
#include "stacktrace/elf_file.hpp"
#include "stacktrace/module_table.hpp"
#include "stacktrace/vdso.hpp"

#include <algorithm>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include <link.h>
#include <sys/auxv.h>
#include <unistd.h>

namespace picket::stacktrace {
namespace {

constexpr const char* kOwnExecutable = "/proc/self/exe";

#if defined(__x86_64__)
constexpr const char* kArch = "x86_64";
#elif defined(__i386__)
constexpr const char* kArch = "x86";
#elif defined(__aarch64__)
constexpr const char* kArch = "arm64";
#elif defined(__arm__)
constexpr const char* kArch = "arm";
#else
constexpr const char* kArch = "";
#endif

struct LoadedModule : ModuleTable::Module {
  std::uint64_t bias = 0;     // what loading added to the addresses in the file
  std::string loader_name{};  // empty for the executable
  std::string file_path{};
  std::vector<std::uint8_t> build_id{};
  std::vector<ElfW(Phdr)> segments{};
  bool file_was_tried = false;
  std::optional<ElfFile> file{};
  DebugInfo debug{};
  std::uint64_t last_use = 0;  // of `debug`
};

std::string own_path() {
  char buffer[PATH_MAX];
  const ssize_t length = ::readlink(kOwnExecutable, buffer, sizeof(buffer));
  if (length <= 0) return {};
  std::string_view path(buffer, static_cast<std::size_t>(length));
  // What the kernel adds once the file was replaced, as deployments do.
  constexpr std::string_view kDeleted = " (deleted)";
  if (path.ends_with(kDeleted)) path.remove_suffix(kDeleted.size());
  return std::string(path);
}

// A library may have been loaded by a path relative to the directory of that moment.
std::string absolute(const std::string& path) {
  if (path.starts_with('/')) return path;
  char buffer[PATH_MAX];
  const char* resolved = ::realpath(path.c_str(), buffer);
  return resolved == nullptr ? path : resolved;
}

bool is_same(const ElfW(Phdr) & a, const ElfW(Phdr) & b) {
  return a.p_type == b.p_type && a.p_flags == b.p_flags && a.p_offset == b.p_offset &&
         a.p_vaddr == b.p_vaddr && a.p_filesz == b.p_filesz && a.p_memsz == b.p_memsz;
}

// True only for notes within a loaded segment; others are not there to be read.
bool is_loaded(const LoadedModule& module, const ElfW(Phdr) & note) {
  return std::any_of(module.segments.begin(), module.segments.end(), [&](const ElfW(Phdr) & load) {
    return load.p_type == PT_LOAD && (load.p_flags & PF_R) != 0 && note.p_vaddr >= load.p_vaddr &&
           note.p_memsz <= load.p_filesz &&
           note.p_vaddr - load.p_vaddr <= load.p_filesz - note.p_memsz;
  });
}

std::vector<std::uint8_t> build_id_in_memory(const LoadedModule& module) {
  for (const ElfW(Phdr) & segment : module.segments) {
    if (segment.p_type != PT_NOTE || !is_loaded(module, segment)) continue;
    // The loader speaks in numbers; this is where they become memory.
    const auto* notes = reinterpret_cast<const std::uint8_t*>(module.bias + segment.p_vaddr);
    const auto id = find_build_id({notes, segment.p_memsz}, segment.p_align);
    if (!id.empty()) return {id.begin(), id.end()};
  }
  return {};
}

void measure(LoadedModule& module) {
  std::uint64_t begin = UINT64_MAX;
  std::uint64_t end = 0;
  for (const ElfW(Phdr) & segment : module.segments) {
    if (segment.p_type != PT_LOAD) continue;
    begin = std::min<std::uint64_t>(begin, segment.p_vaddr);
    end = std::max<std::uint64_t>(end, segment.p_vaddr + segment.p_memsz);
  }
  if (begin >= end) return;  // nothing is loaded: size 0 keeps it out of the table
  module.image.image_addr = module.bias + begin;
  module.image.image_size = end - begin;
  module.image.image_vmaddr = begin;
}

LoadedModule describe(const dl_phdr_info& info) {
  LoadedModule module;
  module.bias = info.dlpi_addr;
  module.segments.assign(info.dlpi_phdr, info.dlpi_phdr + info.dlpi_phnum);
  measure(module);
  module.build_id = build_id_in_memory(module);
  module.image.arch = kArch;
  module.image.code_id = code_id(module.build_id);
  if (!module.build_id.empty()) module.image.debug_id = debug_id(module.build_id);
  return module;
}

/// The bytes of an even number of hex digits; nothing for other texts.
std::vector<std::uint8_t> from_hex(std::string_view text) {
  std::vector<std::uint8_t> bytes(text.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char* const digits = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(digits, digits + 2, bytes[i], 16);
    if (error != std::errc{} || end != digits + 2) return {};
  }
  return bytes;
}

/// As it was loaded in another process.
LoadedModule remembered(const DebugImage& image) {
  LoadedModule module;
  module.image = image;
  module.bias = image.image_addr - image.image_vmaddr;
  module.build_id = from_hex(image.code_id);
  // The same path may be another file by now; of our own the kernel knows the right one.
  const bool is_own = image.code_file == own_path();
  module.file_path = is_own ? std::string(kOwnExecutable) : image.code_file;
  return module;
}

struct Listing {
  unsigned long long known_added, known_removed;
  unsigned long long added = 0, removed = 0;
  bool is_new = false;
  bool failed = false;
  std::vector<LoadedModule> modules{};
};

// Runs under the loader's lock, which keeps the module mapped while its notes are read; so nothing
// slow happens here, and nothing may be thrown through the loader.
int list_module(dl_phdr_info* info, std::size_t /*size*/, void* argument) noexcept {
  auto& listing = *static_cast<Listing*>(argument);
  if (!listing.is_new) {
    if (info->dlpi_adds == listing.known_added && info->dlpi_subs == listing.known_removed)
      return 1;
    listing.is_new = true;
    listing.added = info->dlpi_adds;
    listing.removed = info->dlpi_subs;
  }
  try {
    const bool is_first = listing.modules.empty();  // the loader begins with the executable
    LoadedModule& module = listing.modules.emplace_back(describe(*info));
    module.is_executable = is_first;
    module.loader_name = info->dlpi_name == nullptr ? "" : info->dlpi_name;
    return 0;
  } catch (...) {
    listing.failed = true;
    return 1;
  }
}

}  // namespace

class ModuleTable::Impl {
 public:
  explicit Impl(std::vector<std::string> directories) : directories_(std::move(directories)) {}

  Impl(std::vector<std::string> directories, const std::vector<DebugImage>& images)
      : directories_(std::move(directories)), is_remembered_(true) {
    for (const DebugImage& image : images) {
      LoadedModule module = remembered(image);
      module.is_executable = &image == &images.front();
      const bool is_usable = image.code_file.starts_with('/') && !module.build_id.empty();
      if (is_usable && image.image_size > 0) modules_.push_back(std::move(module));
    }
    sort();
  }

  [[nodiscard]] bool is_remembered() const noexcept { return is_remembered_; }

  bool refresh() {
    if (is_remembered_) return false;
    Listing listing{added_, removed_};
    {
      const base::NoFork no_fork;  // the loader's lock would stay locked in a child
      ::dl_iterate_phdr(&list_module, &listing);
    }
    if (!listing.is_new || listing.failed) return false;
    added_ = listing.added;
    removed_ = listing.removed;
    // The kernel's vdso is in the list, but there is no file of it.
    const std::uint64_t vdso = ::getauxval(AT_SYSINFO_EHDR);
    std::erase_if(listing.modules, [vdso](const LoadedModule& module) {
      return module.image.image_size == 0 || module.image.image_addr == vdso;
    });
    for (LoadedModule& module : listing.modules) find_file(module);
    modules_ = std::move(listing.modules);
    sort();
    return true;
  }

  const LoadedModule* find(std::uint64_t address) const {
    auto after = std::upper_bound(
        modules_.begin(), modules_.end(), address,
        [](std::uint64_t at, const LoadedModule& module) { return at < module.image.image_addr; });
    if (after == modules_.begin()) return nullptr;
    const LoadedModule& module = *std::prev(after);
    return address - module.image.image_addr < module.image.image_size ? &module : nullptr;
  }

  LoadedModule* own(const Module& module) {
    const LoadedModule* found = find(module.image.image_addr);
    return found == nullptr ? nullptr
                            : &modules_[static_cast<std::size_t>(found - modules_.data())];
  }

  static ElfFile* file_of(LoadedModule& module) {
    if (!module.file_was_tried) {
      module.file_was_tried = true;
      module.file = ElfFile::open(module.file_path);
      if (module.file && !is_what_was_loaded(module)) module.file.reset();
    }
    return module.file ? &*module.file : nullptr;
  }

  /// The debug information of a module; null when its file is not to be had.
  DebugInfo* debug_of(LoadedModule& module) {
    ElfFile* file = file_of(module);
    if (file == nullptr) return nullptr;
    module.debug.find({.file = file,
                       .file_path = module.file_path,
                       .path = module.image.code_file,
                       .build_id = module.build_id},
                      directories_);
    return &module.debug;
  }

  std::vector<SourcePoint> points_at(LoadedModule& module, std::uint64_t address) {
    DebugInfo* debug = debug_of(module);
    if (debug == nullptr) return {};
    module.last_use = ++uses_;
    auto points = debug->points_at(address, kMaxDebugBytes);
    close_until(kMaxDebugBytes);
    return points;
  }

  /// Closes the least recently used until the others take so much.
  std::size_t close_until(std::size_t max_bytes) noexcept {
    for (;;) {
      std::size_t sum = 0;
      LoadedModule* oldest = nullptr;
      for (LoadedModule& module : modules_) {
        if (!module.debug.is_open()) continue;
        sum += module.debug.bytes();
        if (oldest == nullptr || module.last_use < oldest->last_use) oldest = &module;
      }
      if (sum <= max_bytes || oldest == nullptr) return sum;
      oldest->debug.close();
    }
  }

  std::optional<ElfFile>& vdso() {
    if (!std::exchange(vdso_was_tried_, true)) vdso_ = ElfFile::of_bytes(read_vdso());
    return vdso_;
  }

 private:
  void sort() {
    std::sort(modules_.begin(), modules_.end(), [](const LoadedModule& a, const LoadedModule& b) {
      return a.image.image_addr < b.image.image_addr;
    });
  }

  // A module that was there before keeps what was read of its file.
  void find_file(LoadedModule& module) {
    const auto known =
        std::find_if(modules_.begin(), modules_.end(), [&module](const LoadedModule& each) {
          return each.image.image_addr == module.image.image_addr &&
                 each.loader_name == module.loader_name && each.build_id == module.build_id;
        });
    if (known != modules_.end()) {
      module.image.code_file = std::move(known->image.code_file);
      module.file_path = std::move(known->file_path);
      module.file_was_tried = known->file_was_tried;
      module.file = std::move(known->file);
      module.debug = std::move(known->debug);
      module.last_use = known->last_use;
    } else if (module.is_executable) {
      module.image.code_file = own_path();
      module.file_path = kOwnExecutable;  // finds the file even when it was deleted
    } else {
      module.image.code_file = absolute(module.loader_name);
      module.file_path = module.image.code_file;
    }
  }

  static bool is_what_was_loaded(const LoadedModule& module) {
    if (!module.build_id.empty()) return module.file->build_id() == module.build_id;
    // Without an id the layout has to do: it changes with nearly every build.
    const auto& segments = module.file->program_headers();
    return std::equal(segments.begin(), segments.end(), module.segments.begin(),
                      module.segments.end(), &is_same);
  }

  std::vector<std::string> directories_;
  std::vector<LoadedModule> modules_{};  // by address
  std::uint64_t uses_ = 0;
  bool is_remembered_ = false;
  bool vdso_was_tried_ = false;
  std::optional<ElfFile> vdso_{};
  unsigned long long added_ = 0;
  unsigned long long removed_ = 0;
};

ModuleTable::ModuleTable(std::vector<std::string> debug_directories)
    : impl_(std::make_unique<Impl>(std::move(debug_directories))) {}
ModuleTable::ModuleTable(std::vector<std::string> debug_directories,
                         const std::vector<DebugImage>& images)
    : impl_(std::make_unique<Impl>(std::move(debug_directories), images)) {}
ModuleTable::~ModuleTable() = default;

bool ModuleTable::refresh() { return impl_->refresh(); }

const ModuleTable::Module* ModuleTable::find(std::uint64_t address) const {
  return impl_->find(address);
}

std::optional<ModuleTable::Function> ModuleTable::function_at(const Module& module,
                                                              std::uint64_t address) {
  LoadedModule* own = impl_->own(module);
  ElfFile* file = own == nullptr ? nullptr : Impl::file_of(*own);
  if (file == nullptr) return std::nullopt;
  std::optional<ElfFile::Function> function;
  // The table of what other modules may call knows too little to be asked first.
  DebugInfo* debug = file->has_all_functions() ? nullptr : impl_->debug_of(*own);
  if (debug != nullptr) function = debug->function_at(address - own->bias);
  if (!function) function = file->function_at(address - own->bias);
  if (!function) return std::nullopt;
  return Function{function->address + own->bias, std::move(function->name)};
}

std::vector<SourcePoint> ModuleTable::points_at(const Module& module, std::uint64_t address) {
  LoadedModule* own = impl_->own(module);
  if (own == nullptr) return {};
  return impl_->points_at(*own, address - own->bias);
}

std::optional<ModuleTable::Function> ModuleTable::vdso_function_at(std::uint64_t address) {
  if (impl_->is_remembered()) return std::nullopt;  // it lies elsewhere in every process
  const std::uint64_t begin = ::getauxval(AT_SYSINFO_EHDR);
  if (begin == 0 || address < begin || address - begin >= kMaxVdsoBytes) return std::nullopt;
  auto& vdso = impl_->vdso();
  auto function = vdso ? vdso->function_at(address - begin) : std::nullopt;
  if (!function) return std::nullopt;
  return Function{function->address + begin, std::move(function->name)};
}

std::size_t ModuleTable::rest(std::size_t max_bytes) noexcept {
  return impl_->close_until(max_bytes);
}

std::optional<DebugImage> ModuleTable::complete_image(const Module& module) {
  LoadedModule* own = impl_->own(module);
  if (own == nullptr) return std::nullopt;
  if (!own->image.debug_id.empty()) return own->image;
  const ElfFile* file = Impl::file_of(*own);
  if (file == nullptr) return std::nullopt;
  if (const auto id = file->build_id(); !id.empty()) {
    own->image.code_id = code_id(id);
    own->image.debug_id = debug_id(id);
  } else if (const auto text = file->text_head(); !text.empty()) {
    own->image.debug_id = debug_id_of_text(text);
  } else {
    return std::nullopt;
  }
  return own->image;
}

}  // namespace picket::stacktrace
