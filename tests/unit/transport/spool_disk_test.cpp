// The spool on a disk that is full, fails, or holds what it should not.

#include "transport/spool.hpp"

#include "spool_support.hpp"
#include "support/ear.hpp"
#include "support/in_child.hpp"
#include "transport/checksum.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <csignal>

namespace picket::transport {
namespace {

using std::chrono::seconds;

/// No file may grow beyond that, as on a disk that is full.
void limit_files(std::size_t bytes) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = bytes == 0 ? limit.rlim_max : bytes;
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

struct FullDisk {
  std::size_t stored = 0;     // before the disk was full
  std::size_t files = 0;      // then
  bool cut_back = false;      // to the last whole record
  bool asked_at_once = true;  // stored with room again, before the rest was over
  bool stored_later = false;  // and after it
  std::size_t lines = 0;      // said
  bool names_fix = false;     // in the first of them
  std::size_t taken = 0;      // came out again
  bool in_order = true;
};

FullDisk fill(SpoolWorld& world) {
  FullDisk result;
  tests::Ear ear(Level::warning);
  const auto spool = world.open();
  limit_files(1000);
  std::uint32_t number = 1;
  while (number < 100 && world.store(*spool, number)) ++number;
  result.stored = number - 1;
  result.files = world.files().size();
  result.cut_back = std::filesystem::file_size(world.files().front()) == spool->figures().bytes;
  for (int i = 0; i < 10; ++i) {
    world.hands->advance(seconds(1));
    static_cast<void>(world.store(*spool, 1000));
  }
  limit_files(0);
  world.hands->advance(seconds(4));
  result.asked_at_once = world.store(*spool, 1001).has_value();
  world.hands->advance(seconds(1));
  result.stored_later = world.store(*spool, number).has_value();
  result.lines = ear.lines.size();
  result.names_fix = !ear.lines.empty() &&
                     ear.lines.front().find(world.settings.directory) != std::string::npos &&
                     ear.lines.front().find("Options::spool_directory") != std::string::npos;
  const Numbers out = world.drain(*spool);
  result.taken = out.size();
  for (std::size_t i = 0; i < out.size(); ++i) result.in_order &= out[i] == i + 1;
  return result;
}

TEST_SUITE("transport/spool") {
  TEST_CASE(
      "a full disk costs the new envelope alone, is told of once and not asked all the time") {
    SpoolWorld world;
    const FullDisk result = tests::in_child([&] { return fill(world); });
    CHECK(result.stored >= 4);
    CHECK(result.files == 1);
    CHECK(result.cut_back);
    CHECK_FALSE(result.asked_at_once);
    CHECK(result.stored_later);
    CHECK(result.lines == 1);
    CHECK(result.names_fix);
    CHECK(result.taken == result.stored + 1);
    CHECK(result.in_order);
  }

  TEST_CASE("what was stored before the disk was full is whole for the next process") {
    SpoolWorld world;
    const std::size_t stored = tests::in_child([&] {
      const auto spool = world.open();
      limit_files(1000);
      std::uint32_t number = 1;
      while (number < 100 && world.store(*spool, number)) ++number;
      spool->sync();
      return std::size_t{number - 1};  // and it ends without a word
    });
    REQUIRE(stored >= 4);
    const auto spool = world.open();
    const auto found = spool->take_over(world.lost);
    REQUIRE(found);
    CHECK(found->envelopes == stored);
    CHECK(found->damaged == 0);
  }

  TEST_CASE("what ends while the disk is full is not sent twice once there is room") {
    SpoolWorld world;
    const std::size_t left = tests::in_child([&] {
      const auto spool = world.open();
      for (std::uint32_t number = 1; number <= 3; ++number) world.store(*spool, number);
      limit_files(std::filesystem::file_size(world.files().front()));
      spool->remove(spool->take(kAll, world.lost)->id);
      limit_files(0);
      spool->remove(spool->take(kAll, world.lost)->id);
      spool->sync();
      return spool->figures().items;
    });
    CHECK(left == 1);
    const auto spool = world.open();
    CHECK(world.take_over(*spool) == 1);
    CHECK(world.drain(*spool) == Numbers{3});
  }

  TEST_CASE("damage in a segment costs what it hit, and counts") {
    SpoolWorld world;
    {
      const auto old = world.open();
      for (std::uint32_t n = 1; n <= 3; ++n) world.store(*old, n);
    }
    const std::string path = world.files().front();
    std::string bytes = read_file(path);
    bytes[bytes.find("\"n\":2")] = '#';
    write_file(path, bytes + "PKR1 unfinis");

    tests::Ear ear(Level::warning);
    const auto spool = world.open();
    const auto found = spool->take_over(world.lost);
    REQUIRE(found);
    CHECK(found->envelopes == 2);
    CHECK(found->damaged == 1);
    CHECK(spool->figures().damaged == 1);
    CHECK(ear.lines.size() == 1);
    CHECK(std::filesystem::file_size(world.files().front()) == bytes.size());  // the end is cut off
    CHECK(world.drain(*spool) == Numbers{1, 3});
    CHECK(world.files().empty());
  }

  TEST_CASE("a file in which nothing makes sense is counted and removed, an empty one removed") {
    SpoolWorld world;
    {
      const auto old = world.open();
      world.store(*old, 1, DataCategory::error);
      world.store(*old, 2, DataCategory::transaction);
    }
    write_file(world.files()[0], std::string(5000, 'x'));
    write_file(world.files()[1], "");
    const auto spool = world.open();
    const auto first = spool->take_over(world.lost);
    REQUIRE(first);
    CHECK(first->damaged == 1);
    const auto second = spool->take_over(world.lost);
    REQUIRE(second);
    CHECK(second->damaged == 0);
    CHECK_FALSE(spool->take_over(world.lost));
    CHECK(world.files().empty());
    CHECK(spool->figures().bytes == 0);
  }

  TEST_CASE("damage that happens while an envelope waits costs that envelope") {
    SpoolWorld world;
    const auto spool = world.open();
    for (std::uint32_t n = 1; n <= 3; ++n) world.store(*spool, n);
    std::string bytes = read_file(world.files().front());
    bytes[bytes.find("\"n\":2")] = '#';
    write_file(world.files().front(), bytes);
    CHECK(world.drain(*spool) == Numbers{1, 3});
    REQUIRE(world.lost.size() == 1);
    CHECK(world.lost.front().reason == DiscardReason::internal_sdk_error);
    CHECK(world.lost.front().quantities == std::vector<Quantity>{{DataCategory::error, 1}});
  }

  TEST_CASE("files that somebody removed are lost, and the spool goes on") {
    SpoolWorld world;
    const auto spool = world.open();
    world.store(*spool, 1);
    world.store(*spool, 2, DataCategory::error, 200'000);  // closes the first
    std::filesystem::remove(world.files().front());
    CHECK(world.drain(*spool) == Numbers{2});
    CHECK(world.lost.size() == 1);
    CHECK(world.store(*spool, 3));
    CHECK(world.drain(*spool) == Numbers{3});
  }

  TEST_CASE("a segment of a newer version is left alone, told of once and counts for nothing") {
    SpoolWorld world;
    {
      const auto old = world.open();
      world.store(*old, 1);
      world.store(*old, 2, DataCategory::transaction);
    }
    std::vector<std::string> contents;
    for (const std::string& path : world.files()) {
      std::string bytes = read_file(path);
      bytes[8] = 2;
      const std::uint32_t sum = crc32(std::string_view(bytes).substr(0, 20));
      for (unsigned i = 0; i < 4; ++i) bytes[20 + i] = static_cast<char>(sum >> (8 * i));
      write_file(path, bytes);
      contents.push_back(bytes);
    }
    const auto paths = world.files();
    tests::Ear ear(Level::warning);
    const auto spool = world.open();
    for (int i = 0; i < 3; ++i) CHECK_FALSE(spool->take_over(world.lost));
    CHECK(ear.lines.size() == 1);
    CHECK(spool->figures().bytes == 0);
    CHECK(spool->figures().damaged == 0);
    CHECK(world.files() == paths);
    for (std::size_t i = 0; i < paths.size(); ++i) CHECK(read_file(paths[i]) == contents[i]);
  }

  TEST_CASE("links, pipes and folders under the name of a segment are left alone") {
    SpoolWorld world;
    { world.store(*world.open(), 1); }
    const std::string path = world.files().front();
    const std::string elsewhere = world.directory.path("elsewhere");
    const auto tried = [&] {
      const auto spool = world.open();
      return spool->take_over(world.lost).has_value();
    };
    std::filesystem::rename(path, elsewhere);
    const std::string content = read_file(elsewhere);
    std::filesystem::create_symlink(elsewhere, path);
    CHECK_FALSE(tried());
    CHECK(read_file(elsewhere) == content);
    std::filesystem::remove(path);
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    CHECK_FALSE(tried());
    std::filesystem::remove(path);
    std::filesystem::create_directory(path);
    CHECK_FALSE(tried());
    std::filesystem::remove(path);
    std::filesystem::rename(elsewhere, path);
    CHECK(tried());
  }

  TEST_CASE("what another user owns is left alone" * doctest::skip(::geteuid() != 0)) {
    SpoolWorld world;
    { world.store(*world.open(), 1); }
    REQUIRE(::chown(world.files().front().c_str(), 12345, 12345) == 0);
    CHECK_FALSE(world.open()->take_over(world.lost));
    REQUIRE(::chown(world.settings.directory.c_str(), 12345, 12345) == 0);
    const auto opened = Spool::open(world.settings);
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().message.find("belongs to another user") != std::string::npos);
  }
}

}  // namespace
}  // namespace picket::transport
