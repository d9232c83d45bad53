#include "stacktrace/module_table.hpp"

#include "elf_bytes.hpp"
#include "stacktrace/debug_id.hpp"

#include <filesystem>
#include <string>

#include <dlfcn.h>
#include <doctest/doctest.h>
#include <sys/auxv.h>
#include <unistd.h>

namespace picket::stacktrace {
namespace {

namespace fs = std::filesystem;

// Loaded while it lives.
class Plugin {
 public:
  explicit Plugin(const std::string& path)
      : handle_(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    REQUIRE(handle_ != nullptr);
  }
  ~Plugin() { ::dlclose(handle_); }
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  /// Where a hidden function of it begins.
  [[nodiscard]] std::uint64_t price() const {
    auto* address = reinterpret_cast<const void* (*)()>(::dlsym(handle_, "plugin_price_address"));
    if (address == nullptr) FAIL("the plugin does not say where its function is");
    return reinterpret_cast<std::uint64_t>(address());
  }

 private:
  void* handle_;
};

// A folder of this process alone, gone at the end.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("picket_modules_" + std::to_string(::getpid()))) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

std::uint64_t address_of_this_program() {
  return reinterpret_cast<std::uint64_t>(&address_of_this_program);
}

TEST_SUITE("stacktrace/module_table") {
  TEST_CASE("the executable is found with the ids of its file") {  // P3.15
    ModuleTable modules;
    REQUIRE(modules.refresh());
    const auto* module = modules.find(address_of_this_program());
    REQUIRE(module != nullptr);
    CHECK(module->is_executable);

    const auto image = modules.complete_image(*module);
    REQUIRE(image);
    const auto id = tests::build_id_of(tests::read_file("/proc/self/exe"));
    REQUIRE(id.size() == 20);
    CHECK(image->code_id == code_id(id));
    CHECK(image->debug_id == debug_id(id));
    CHECK(image->code_file == fs::read_symlink("/proc/self/exe").string());
    CHECK_FALSE(image->arch.empty());
    CHECK(image->image_addr <= address_of_this_program());
    CHECK(address_of_this_program() < image->image_addr + image->image_size);
  }

  TEST_CASE("a library is in the list while it is loaded") {  // P3.14
    ModuleTable modules;
    CHECK(modules.refresh());
    CHECK_FALSE(modules.refresh());

    std::uint64_t address = 0;
    {
      const Plugin plugin(PICKET_TEST_PLUGIN);
      address = plugin.price();
      CHECK(modules.refresh());
      const auto* module = modules.find(address);
      REQUIRE(module != nullptr);
      CHECK_FALSE(module->is_executable);
      CHECK(module->image.code_file == PICKET_TEST_PLUGIN);
      CHECK(module->image.debug_id ==
            debug_id(tests::build_id_of(tests::read_file(PICKET_TEST_PLUGIN))));
      const auto function = modules.function_at(*module, address + 2);
      REQUIRE(function);
      CHECK(function->symbol == "_ZN6plugin5priceEi");
      CHECK(function->address == address);
      if (DwarfFile::is_supported()) {
        const auto points = modules.points_at(*module, address + 2);
        REQUIRE(points.size() == 1);
        CHECK(points[0].path.ends_with("/plugin.cpp"));
        CHECK(modules.rest() > 0);
        CHECK(modules.rest(1) == 0);  // closed, and opened again when it is asked
        CHECK(modules.points_at(*module, address + 2) == points);
      }
    }
    CHECK(modules.refresh());
    CHECK(modules.find(address) == nullptr);
    CHECK(modules.rest() == 0);  // its debug information is closed
  }

  TEST_CASE("a library without a build id is told by its code") {  // P3.15
    const Plugin plugin(PICKET_TEST_PLUGIN_WITHOUT_ID);
    ModuleTable modules;
    modules.refresh();
    const auto* module = modules.find(plugin.price());
    REQUIRE(module != nullptr);
    const auto image = modules.complete_image(*module);
    REQUIRE(image);
    CHECK(image->code_id.empty());
    const auto file = tests::read_file(PICKET_TEST_PLUGIN_WITHOUT_ID);
    REQUIRE(tests::build_id_of(file).empty());
    CHECK(image->debug_id == debug_id_of_text(tests::section_bytes(file, ".text")));
    CHECK(modules.function_at(*module, plugin.price()));
  }

  TEST_CASE("a file that was replaced since loading is not believed") {
    const Folder folder;
    for (const char* original : {PICKET_TEST_PLUGIN, PICKET_TEST_PLUGIN_WITHOUT_ID}) {
      CAPTURE(original);
      const std::string path = folder.file("plugin.so");
      fs::copy_file(original, path, fs::copy_options::overwrite_existing);
      const Plugin plugin(path);
      fs::copy_file("/proc/self/exe", folder.file("new"));
      fs::rename(folder.file("new"), path);

      ModuleTable modules;
      modules.refresh();
      const auto* module = modules.find(plugin.price());
      REQUIRE(module != nullptr);
      CHECK_FALSE(modules.function_at(*module, plugin.price()));
    }
  }

  TEST_CASE("a file that is replaced later gives no wrong names") {
    const Folder folder;
    const std::string path = folder.file("plugin.so");
    fs::copy_file(PICKET_TEST_PLUGIN, path);
    const Plugin plugin(path);
    ModuleTable modules;
    modules.refresh();
    const auto* module = modules.find(plugin.price());
    REQUIRE(module != nullptr);
    CHECK(modules.function_at(*module, plugin.price()));

    fs::copy_file("/proc/self/exe", folder.file("new"));
    fs::rename(folder.file("new"), path);
    CHECK_FALSE(modules.function_at(*module, plugin.price()));
    CHECK(modules.complete_image(*module));
  }

  TEST_CASE("the vdso and unmapped addresses are in no module") {  // P3.14
    ModuleTable modules;
    modules.refresh();
    if (const std::uint64_t vdso = ::getauxval(AT_SYSINFO_EHDR); vdso != 0) {
      CHECK(modules.find(vdso) == nullptr);
      CHECK(modules.find(vdso + 0x800) == nullptr);
    }
    CHECK(modules.find(0) == nullptr);
    CHECK(modules.find(16) == nullptr);
    CHECK(modules.find(~std::uint64_t{0}) == nullptr);
  }
}

}  // namespace
}  // namespace picket::stacktrace
