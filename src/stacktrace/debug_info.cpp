#include "stacktrace/debug_info.hpp"

#include "stacktrace/debug_file.hpp"

#include <algorithm>
#include <utility>

namespace picket::stacktrace {
namespace {

constexpr std::size_t kMaxLinkBytes = 4096;
constexpr std::size_t kMaxPackedBytes = 4U << 20U;

}  // namespace

void DebugInfo::find(const Binary& binary, std::span<const std::string> directories) {
  if (std::exchange(was_looked_for_, true)) return;
  if (binary.file->has_section(".debug_info") || binary.file->has_section(".debug_line")) {
    path_ = binary.file_path;
    identity_ = binary.file->identity();
    return;
  }
  find_split_file(binary, directories);
  if (!split_ && !binary.file->has_all_functions()) {
    const auto packed = binary.file->section_bytes(".gnu_debugdata", kMaxPackedBytes);
    if (!packed.empty()) packed_ = ElfFile::of_bytes(unpack_debug_data(packed));
  }
}

void DebugInfo::find_split_file(const Binary& binary, std::span<const std::string> directories) {
  if (binary.build_id.empty()) return;  // nothing would tell the right one from another
  const std::string link =
      debug_link_name(binary.file->section_bytes(".gnu_debuglink", kMaxLinkBytes));
  for (std::string& path : debug_file_candidates(binary.path, link, binary.build_id, directories)) {
    auto file = ElfFile::open(path);
    if (!file) continue;
    const auto id = file->build_id();
    if (!std::equal(id.begin(), id.end(), binary.build_id.begin(), binary.build_id.end())) continue;
    path_ = std::move(path);
    identity_ = file->identity();
    split_ = std::move(file);
    return;
  }
}

std::vector<SourcePoint> DebugInfo::points_at(std::uint64_t address, std::size_t max_bytes) {
  if (path_.empty()) return {};
  if (dwarf_ == nullptr) dwarf_ = DwarfFile::open(path_, identity_, max_bytes);
  if (dwarf_ == nullptr) {
    path_.clear();  // too large, or changed: once is enough
    return {};
  }
  return dwarf_->at(address);
}

std::optional<ElfFile::Function> DebugInfo::function_at(std::uint64_t address) {
  for (auto* file : {&split_, &packed_}) {
    if (!*file || !(*file)->has_all_functions()) continue;
    if (auto function = (*file)->function_at(address)) return function;
  }
  return std::nullopt;
}

}  // namespace picket::stacktrace
