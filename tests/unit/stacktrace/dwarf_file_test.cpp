#include "stacktrace/dwarf_file.hpp"

#include "stacktrace/elf_file.hpp"
#include "support/temporary_directory.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <link.h>

namespace picket::stacktrace {
namespace {

namespace fs = std::filesystem;

using tests::TemporaryDirectory;

constexpr std::size_t kEnough = 64U << 20U;

/// Of the library that the tests load: it has two functions.
std::string copy_of_plugin(const TemporaryDirectory& folder) {
  const std::string path = folder.path("plugin.so");
  fs::copy_file(PICKET_TEST_PLUGIN, path, fs::copy_options::overwrite_existing);
  return path;
}

std::uint64_t address_of_price(ElfFile& file) {
  for (std::uint64_t address = 0; address < (1U << 20U); ++address) {
    const auto function = file.function_at(address);
    if (function && function->name == "_ZN6plugin5priceEi") return address;
  }
  FAIL("the plugin has no such function");
  return 0;
}

TEST_SUITE("stacktrace/dwarf_file") {
  TEST_CASE("a function is found with its name, file and line") {  // P3.12
    if (!DwarfFile::is_supported()) return;
    const TemporaryDirectory folder;
    const std::string path = copy_of_plugin(folder);
    auto elf = ElfFile::open(path);
    REQUIRE(elf);
    const auto file = DwarfFile::open(path, elf->identity(), kEnough);
    REQUIRE(file);
    CHECK(file->bytes() > 100);
    CHECK(file->bytes() < kEnough);
    const auto points = file->at(address_of_price(*elf));
    REQUIRE(points.size() == 1);
    CHECK(points[0].symbol == "_ZN6plugin5priceEi");
    CHECK(points[0].path.ends_with("/plugin.cpp"));
    CHECK(points[0].line > 0);
    CHECK(points[0].line < 20);
    CHECK(file->at(0).empty());
    CHECK(file->at(~std::uint64_t{0}).empty());
    // The same when it is read piece by piece, as large files are.
    const auto lazy = DwarfFile::open(path, elf->identity(), kEnough, 0);
    REQUIRE(lazy);
    CHECK(lazy->at(address_of_price(*elf)) == points);
  }

  TEST_CASE("of a large file little is read") {
    if (!DwarfFile::is_supported()) return;
    const std::string own = "/proc/self/exe";
    auto elf = ElfFile::open(own);
    REQUIRE(elf);
    std::size_t whole = 0;
    for (const char* name : {".debug_info", ".debug_line", ".debug_str"}) {
      whole += elf->section_bytes(name, 1U << 30U).size();
    }
    if (whole < (4U << 20U)) return;  // the library was built without
    const auto file = DwarfFile::open(own, elf->identity(), whole, 0);
    REQUIRE(file);
    std::uint64_t base = 0;
    dl_iterate_phdr(
        [](dl_phdr_info* info, std::size_t, void* first) {
          *static_cast<std::uint64_t*>(first) = info->dlpi_addr;
          return 1;
        },
        &base);
    const std::uint64_t address = reinterpret_cast<std::uintptr_t>(&address_of_price) - base;
    const auto points = file->at(address);
    REQUIRE(points.size() == 1);
    CHECK(points[0].path.ends_with("/dwarf_file_test.cpp"));
    CHECK(points[0].line > 30);
    CHECK(file->bytes() < whole / 2);
    for (int again = 0; again < 100; ++again) CHECK(file->at(address) == points);
  }

  TEST_CASE("a file that takes too much, changed or has no debug information is not opened") {
    if (!DwarfFile::is_supported()) return;
    const TemporaryDirectory folder;
    const std::string path = copy_of_plugin(folder);
    const auto identity = ElfFile::open(path)->identity();
    CHECK(DwarfFile::open(path, identity, kEnough));
    CHECK_FALSE(DwarfFile::open(path, identity, 100));
    CHECK_FALSE(DwarfFile::open(folder.path("none"), identity, kEnough));
    FileIdentity other = identity;
    ++other.changed_ns;
    CHECK_FALSE(DwarfFile::open(path, other, kEnough));
    fs::resize_file(path, 4096);
    CHECK_FALSE(DwarfFile::open(path, identity, kEnough));
    const std::string text = folder.path("text");
    std::ofstream(text) << "this is no ELF file";
    CHECK_FALSE(DwarfFile::open(text, identity, kEnough));
  }

  TEST_CASE("what was read stays, whatever becomes of the file") {
    if (!DwarfFile::is_supported()) return;
    const TemporaryDirectory folder;
    const std::string path = copy_of_plugin(folder);
    auto elf = ElfFile::open(path);
    const std::uint64_t price = address_of_price(*elf);
    const auto file = DwarfFile::open(path, elf->identity(), kEnough);
    REQUIRE(file);
    const auto lazy = DwarfFile::open(path, elf->identity(), kEnough, 0);
    REQUIRE(lazy);
    fs::resize_file(path, 0);
    CHECK(file->at(price).size() == 1);
    CHECK(lazy->at(price).size() <= 1);  // what was not read is lost
    CHECK(lazy->at(price + 1).size() <= 1);
  }

  TEST_CASE("files cut short and hostile sections are read without harm") {
    if (!DwarfFile::is_supported()) return;
    const TemporaryDirectory folder;
    const std::string path = copy_of_plugin(folder);
    const auto size = static_cast<std::size_t>(fs::file_size(path));
    auto elf = ElfFile::open(path);
    const std::uint64_t price = address_of_price(*elf);
    std::mt19937 random(20261122);  // NOLINT: the same run every time
    std::uniform_int_distribution<std::size_t> anywhere(1024, size - 1);
    std::uniform_int_distribution<int> any_byte(0, 255);
    for (int round = 0; round < 300; ++round) {
      CAPTURE(round);
      copy_of_plugin(folder);
      {
        std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
        for (int strike = 0; strike < 30; ++strike) {
          file.seekp(static_cast<std::streamoff>(anywhere(random)));
          file.put(static_cast<char>(any_byte(random)));
        }
      }
      if (round % 3 == 0) fs::resize_file(path, anywhere(random));
      const auto changed = ElfFile::open(path);
      if (!changed) continue;
      const std::size_t small = round % 2 == 0 ? 0 : kEnough;  // by and by, or at once
      const auto file = DwarfFile::open(path, changed->identity(), kEnough, small);
      if (file) CHECK(file->at(price).size() <= 66);
    }
  }
}

}  // namespace
}  // namespace picket::stacktrace
