#include "stacktrace/debug_info.hpp"
#include "stacktrace/dwarf_file.hpp"

#include <utility>

// Without libdw frames have the names of the symbol tables, and no lines.

namespace picket::stacktrace {

class DwarfFile::Impl {};

DwarfFile::DwarfFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DwarfFile::~DwarfFile() = default;

bool DwarfFile::is_supported() noexcept { return false; }

std::unique_ptr<DwarfFile> DwarfFile::open(const std::string& /*path*/,
                                           const FileIdentity& /*identity*/,
                                           std::size_t /*max_bytes*/, std::size_t /*small*/) {
  return nullptr;
}

std::vector<SourcePoint> DwarfFile::at(std::uint64_t /*address*/) { return {}; }

std::size_t DwarfFile::bytes() const noexcept { return 0; }

std::vector<std::uint8_t> unpack_debug_data(std::span<const std::uint8_t> /*packed*/) { return {}; }

}  // namespace picket::stacktrace
