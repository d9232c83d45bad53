#include "stacktrace/elf_file.hpp"

#include "elf_bytes.hpp"

#include <algorithm>
#include <random>
#include <string>

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace picket::stacktrace {
namespace {

using tests::Bytes;

// A file that lives in memory, has a path, and can be cut and changed.
class MemoryFile {
 public:
  explicit MemoryFile(const Bytes& bytes) : fd_(::memfd_create("elf", MFD_CLOEXEC)) {
    REQUIRE(fd_ >= 0);
    write(0, bytes);
  }
  ~MemoryFile() { ::close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }
  void cut(std::size_t size) { REQUIRE(::ftruncate(fd_, static_cast<off_t>(size)) == 0); }
  void write(std::size_t offset, const Bytes& bytes) {
    REQUIRE(::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset)) ==
            static_cast<ssize_t>(bytes.size()));
  }

 private:
  int fd_;
};

/// Asks everything that can be asked.
void use(const std::string& path) {
  auto elf = ElfFile::open(path);
  if (!elf) return;
  CHECK(elf->text_head().size() <= 4096);
  CHECK(elf->build_id().size() <= 64U << 10U);
  for (std::uint64_t address : {0ULL, 0x1000ULL, 0x2345ULL, 0x40'1000ULL, ~0ULL}) {
    if (const auto function = elf->function_at(address)) CHECK_FALSE(function->name.empty());
  }
}

Bytes plugin() { return tests::read_file(PICKET_TEST_PLUGIN); }

TEST_SUITE("stacktrace/elf_file") {
  TEST_CASE("a whole file tells its build id and code") {  // P3.15
    const Bytes bytes = plugin();
    const auto elf = ElfFile::open(PICKET_TEST_PLUGIN);
    REQUIRE(elf);
    const Bytes id = tests::build_id_of(bytes);
    REQUIRE(id.size() == 20);
    CHECK(elf->build_id() == id);
    CHECK(elf->text_head() == tests::section_bytes(bytes, ".text"));
  }

  TEST_CASE("without note segments the build id is in its section") {  // P3.15
    Bytes bytes = plugin();
    const Bytes id = tests::build_id_of(bytes);
    const auto* header = reinterpret_cast<const ElfW(Ehdr)*>(bytes.data());
    auto* segments = reinterpret_cast<ElfW(Phdr)*>(bytes.data() + header->e_phoff);
    for (int i = 0; i < header->e_phnum; ++i) {
      if (segments[i].p_type == PT_NOTE) segments[i].p_type = PT_NULL;
    }
    const MemoryFile file(bytes);
    const auto elf = ElfFile::open(file.path());
    REQUIRE(elf);
    CHECK(elf->build_id() == id);
  }

  TEST_CASE("what is no ELF file of this machine is refused") {
    Bytes bytes = plugin();
    CHECK_FALSE(ElfFile::open("/"));
    CHECK_FALSE(ElfFile::open("/dev/null"));
    CHECK_FALSE(ElfFile::open("/no/such/file"));
    CHECK_FALSE(ElfFile::open(MemoryFile({}).path()));
    for (const std::size_t at : {std::size_t{0}, std::size_t{EI_CLASS}, std::size_t{EI_DATA}}) {
      Bytes other = bytes;
      other[at] ^= 3U;
      const MemoryFile file(other);
      CAPTURE(at);
      CHECK_FALSE(ElfFile::open(file.path()));
    }
  }

  TEST_CASE("a file cut anywhere is read without harm") {
    const Bytes own = tests::read_file("/proc/self/exe");
    REQUIRE(own.size() > 10'000);
    MemoryFile file(own);
    std::vector<std::size_t> lengths;
    for (std::size_t tenth = 0; tenth < 200; ++tenth) lengths.push_back(own.size() / 200 * tenth);
    for (std::size_t length = 0; length < 1024; length += 7) lengths.push_back(length);
    for (std::size_t less = 0; less < 4096; less += 61) lengths.push_back(own.size() - less);
    std::sort(lengths.rbegin(), lengths.rend());
    for (const std::size_t length : lengths) {
      file.cut(length);
      use(file.path());
    }
  }

  TEST_CASE("a file cut after it was opened has no names any more") {
    const Bytes bytes = plugin();
    MemoryFile file(bytes);
    auto elf = ElfFile::open(file.path());
    REQUIRE(elf);
    file.cut(bytes.size() / 2);
    CHECK(elf->build_id().empty());
    CHECK(elf->text_head().empty());
    CHECK_FALSE(elf->function_at(0x1000));
  }

  TEST_CASE("hostile headers, tables and names are read without harm") {
    const Bytes good = plugin();
    const auto* header = reinterpret_cast<const ElfW(Ehdr)*>(good.data());
    MemoryFile file(good);
    std::mt19937 random(20261122);  // NOLINT: the same run every time
    std::uniform_int_distribution<std::size_t> any(0, good.size() - 1);
    const Bytes evil[] = {Bytes(8, 0xFF), Bytes(8, 0x00), Bytes(4, 0x7F), Bytes(1, 0x80)};
    const auto strike = [&](std::size_t at, const Bytes& bytes) {
      if (at + bytes.size() > good.size()) return;
      file.write(at, bytes);
      use(file.path());
      const auto begin = good.begin() + static_cast<std::ptrdiff_t>(at);
      file.write(at, {begin, begin + static_cast<std::ptrdiff_t>(bytes.size())});
    };
    for (const Bytes& bytes : evil) {
      for (std::size_t at = EI_NIDENT; at < 1024; at += 4) strike(at, bytes);
      for (std::size_t at = header->e_shoff; at < good.size(); at += 4) strike(at, bytes);
      for (int i = 0; i < 500; ++i) strike(any(random), bytes);
    }
  }

  TEST_CASE("notes whose sizes lie hold no build id") {
    const auto note = [](std::uint32_t name, std::uint32_t text, std::uint32_t type,
                         const char* owner, std::size_t text_bytes) {
      Bytes bytes(12);
      std::memcpy(bytes.data(), &name, 4);
      std::memcpy(bytes.data() + 4, &text, 4);
      std::memcpy(bytes.data() + 8, &type, 4);
      bytes.insert(bytes.end(), owner, owner + 4);
      bytes.insert(bytes.end(), text_bytes, 0xAB);
      return bytes;
    };
    constexpr std::uint32_t kHuge = 0xFFFF'FFFF;
    CHECK(find_build_id(note(4, 5, 3, "GNU", 8), 4).size() == 5);
    CHECK(find_build_id(note(4, 0, 3, "GNU", 8), 4).empty());
    CHECK(find_build_id(note(4, 9, 3, "GNU", 8), 4).empty());
    CHECK(find_build_id(note(4, kHuge, 3, "GNU", 8), 4).empty());
    CHECK(find_build_id(note(kHuge, 4, 3, "GNU", 8), 4).empty());
    CHECK(find_build_id(note(4, 8, 1, "GNU", 8), 4).empty());
    CHECK(find_build_id(note(4, 8, 3, "GNX", 8), 4).empty());
    CHECK(find_build_id({}, 0).empty());

    Bytes two = note(4, 5, 1, "GNU", 8);  // of another type, padded to 8
    const Bytes second = note(4, 6, 3, "GNU", 8);
    two.insert(two.end(), second.begin(), second.end());
    CHECK(find_build_id(two, 4).size() == 6);
  }
}

}  // namespace
}  // namespace picket::stacktrace
