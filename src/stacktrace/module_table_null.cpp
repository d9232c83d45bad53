#include "stacktrace/module_table.hpp"

// Where modules are no ELF files, addresses go to the server without names and images.

namespace picket::stacktrace {

class ModuleTable::Impl {};

ModuleTable::ModuleTable(std::vector<std::string> /*debug_directories*/) {}
ModuleTable::ModuleTable(std::vector<std::string> /*debug_directories*/,
                         const std::vector<DebugImage>& /*images*/) {}
ModuleTable::~ModuleTable() = default;

bool ModuleTable::refresh() { return false; }

const ModuleTable::Module* ModuleTable::find(std::uint64_t /*address*/) const { return nullptr; }

std::optional<ModuleTable::Function> ModuleTable::function_at(const Module& /*module*/,
                                                              std::uint64_t /*address*/) {
  return std::nullopt;
}

std::vector<SourcePoint> ModuleTable::points_at(const Module& /*module*/,
                                                std::uint64_t /*address*/) {
  return {};
}

std::optional<ModuleTable::Function> ModuleTable::vdso_function_at(std::uint64_t /*address*/) {
  return std::nullopt;
}

std::size_t ModuleTable::rest(std::size_t /*max_bytes*/) noexcept { return 0; }

std::optional<DebugImage> ModuleTable::complete_image(const Module& /*module*/) {
  return std::nullopt;
}

}  // namespace picket::stacktrace
