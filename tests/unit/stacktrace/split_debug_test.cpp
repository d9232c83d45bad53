#include "stacktrace/dwarf_file.hpp"
#include "stacktrace/elf_file.hpp"
#include "support/temporary_directory.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

// The build made these of one program: it exports its functions (-rdynamic) and was stripped; its
// debug information is in a file of its own, and what `.symtab` had in one that is packed.
//
//   stripped_host        without anything, with the link to stripped_host.debug
//   stripped_host.packed with `.gnu_debugdata`
//   stripped_host.debug  the debug information
//   other_host.debug     that of a program with another build id

namespace picket::stacktrace {
namespace {

namespace fs = std::filesystem;

class Folder : public tests::TemporaryDirectory {
 public:
  /// Copies one of the built files here.
  std::string put(const char* built, const std::string& name) const {
    const fs::path target = path(name);
    fs::create_directories(target.parent_path());
    fs::copy_file(fs::path(PICKET_TEST_STRIPPED_FOLDER) / built, target);
    return target;
  }
};

std::string output_of(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"),
                                                             &::pclose);
  REQUIRE(pipe != nullptr);
  std::string text;
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) text += buffer.data();
  return text;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr const char* kChargeWithLine = "frame shop::charge stripped_host.cpp:29\n";
constexpr const char* kChargeWithoutLine = "frame shop::charge :0\n";
constexpr const char* kCheckout = "frame shop::(anonymous namespace)::checkout";

TEST_SUITE("stacktrace/split_debug") {
  TEST_CASE(
      "a stripped program has the names that it exports, and images with its build id") {  // P3.15
    const Folder folder;
    const std::string host = folder.put("stripped_host", "host");
    const std::string text = output_of(host);
    CAPTURE(text);
    CHECK(has(text, kChargeWithoutLine));
    CHECK(has(text, "frame shop::serve :0\n"));
    CHECK_FALSE(has(text, kCheckout));

    const std::string notes = output_of(std::string(PICKET_TEST_READELF) + " -n " + host);
    const std::size_t begin = notes.find("Build ID: ");
    REQUIRE(begin != std::string::npos);
    const std::string id = notes.substr(begin + 10, 40);
    CHECK(has(text, "image " + id + " " + fs::canonical(host).string() + "\n"));
  }

  TEST_CASE("with its debug information beside it a stripped program has files and lines") {
    if (!DwarfFile::is_supported()) return;
    for (const char* beside : {"stripped_host.debug", ".debug/stripped_host.debug"}) {
      CAPTURE(beside);
      const Folder folder;
      const std::string host = folder.put("stripped_host", "host");
      folder.put("stripped_host.debug", beside);
      const std::string text = output_of(host);
      CAPTURE(text);
      CHECK(has(text, kChargeWithLine));
      CHECK(has(text, std::string(kCheckout) + " stripped_host.cpp:"));
      CHECK(has(text, "frame main stripped_host.cpp:"));
    }
  }

  TEST_CASE("debug information in a directory is found by name and by build id") {
    if (!DwarfFile::is_supported()) return;
    const Folder folder;
    const std::string host = folder.put("stripped_host", "bin/host");
    const std::string directory = folder.path() + "/debug";
    CHECK(has(output_of(host + " " + directory), kChargeWithoutLine));

    const std::string by_name =
        "debug" + fs::canonical(folder.path()).string() + "/bin/stripped_host.debug";
    const std::string file = folder.put("stripped_host.debug", by_name);
    CHECK(has(output_of(host + " " + directory), kChargeWithLine));
    fs::remove(file);
    CHECK(has(output_of(host + " " + directory), kChargeWithoutLine));

    const std::string notes = output_of(std::string(PICKET_TEST_READELF) + " -n " + host);
    const std::string id = notes.substr(notes.find("Build ID: ") + 10, 40);
    folder.put("stripped_host.debug",
               "debug/.build-id/" + id.substr(0, 2) + "/" + id.substr(2) + ".debug");
    CHECK(has(output_of(host + " " + directory), kChargeWithLine));
  }

  TEST_CASE("debug information of another build is not believed") {
    const Folder folder;
    const std::string host = folder.put("stripped_host", "host");
    folder.put("other_host.debug", "stripped_host.debug");
    const std::string text = output_of(host);
    CAPTURE(text);
    CHECK(has(text, kChargeWithoutLine));
    CHECK_FALSE(has(text, kCheckout));
  }

  TEST_CASE("the stubs for functions of other modules have their names") {
    const Folder folder;
    const std::string host = folder.put("stripped_host", "host");
    auto elf = ElfFile::open(host);
    REQUIRE(elf);
    std::istringstream lines(
        output_of(std::string(PICKET_TEST_OBJDUMP) + " -d -j .plt -j .plt.sec " + host + " 2>&1"));
    int stubs = 0;
    for (std::string line; std::getline(lines, line);) {
      const std::size_t begin = line.find(" <");
      const std::size_t end = line.find("@plt>:");
      if (begin == std::string::npos || end == std::string::npos) continue;
      CAPTURE(line);
      const std::string name = line.substr(begin + 2, end - begin - 2);
      const auto function = elf->function_at(std::stoull(line, nullptr, 16) + 3);
      REQUIRE(function);
      CHECK(function->name == name.substr(0, name.find('@')) + "@plt");
      CHECK(function->address == std::stoull(line, nullptr, 16));
      ++stubs;
    }
    CHECK(stubs > 10);
  }

  TEST_CASE("a packed symbol table names what is not exported") {
    if (!DwarfFile::is_supported() || !PICKET_TEST_HAS_XZ) return;
    const Folder folder;
    const std::string text = output_of(folder.put("stripped_host.packed", "host"));
    CAPTURE(text);
    CHECK(has(text, std::string(kCheckout) + " :0\n"));
    CHECK(has(text, kChargeWithoutLine));
  }
}

}  // namespace
}  // namespace picket::stacktrace
