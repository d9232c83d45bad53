#include "client/attachment_reader.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace picket::client {
namespace {

struct TemporaryFile {
  std::filesystem::path path;

  explicit TemporaryFile(const std::string& contents)
      : path(std::filesystem::temp_directory_path() /
             ("picket-attachment-" + std::to_string(getpid()) + ".txt")) {
    std::ofstream(path, std::ios::binary) << contents;
  }
  ~TemporaryFile() { std::filesystem::remove(path); }
};

TEST_SUITE("client/attachment_reader") {
  TEST_CASE("a name has no directories") {  // C046
    CHECK(read_attachment({.filename = "/var/log/a.log", .bytes = "x"}, 10)->filename == "a.log");
    CHECK(read_attachment({.filename = "C:\\logs\\b.log", .bytes = "x"}, 10)->filename == "b.log");
    CHECK(read_attachment({.bytes = "x"}, 10)->filename == "attachment");
  }

  TEST_CASE("a file gives its contents and its own name") {  // C134
    const TemporaryFile file("hello\r\n");
    const auto contents = read_attachment({.path = file.path.string()}, 100);
    REQUIRE(contents);
    CHECK(contents->bytes == "hello\r\n");
    CHECK(contents->filename == file.path.filename().string());
  }

  TEST_CASE("exactly the limit is taken, one byte more is not") {  // P5.8
    const TemporaryFile file("12345");
    CHECK(read_attachment({.path = file.path.string()}, 5).has_value());
    CHECK_FALSE(read_attachment({.path = file.path.string()}, 4).has_value());
    CHECK(read_attachment({.bytes = "12345"}, 5).has_value());
    const auto refused = read_attachment({.filename = "big", .bytes = "12345"}, 4);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message.find("max_attachment_bytes") != std::string::npos);
    CHECK(refused_quantity({.path = file.path.string()}) == 5);
    CHECK(refused_quantity({.bytes = "12345"}) == 5);
  }

  TEST_CASE("what is no regular file is refused instead of waited for") {
    for (const char* path : {"/no/such/file", "/dev/zero", "/tmp"}) {
      CAPTURE(path);
      CHECK(read_attachment({.path = path}, 100).error().code == Errc::unavailable);
      CHECK(refused_quantity({.path = path}) >= 1);
    }
  }
}

}  // namespace
}  // namespace picket::client
