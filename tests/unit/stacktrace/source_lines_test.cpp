#include "stacktrace/source_lines.hpp"
#include "support/temporary_directory.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <sys/stat.h>

namespace picket::stacktrace {
namespace {

namespace fs = std::filesystem;

class Folder : public tests::TemporaryDirectory {
 public:
  [[nodiscard]] std::string file(const char* name) const { return path(name); }
  [[nodiscard]] std::string file(const char* name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }
};

Frame with_lines(const std::string& path, std::uint32_t line, std::size_t around) {
  Frame frame{.lineno = line};
  add_source_lines(path, around, frame);
  return frame;
}

using Lines = std::vector<std::string>;

TEST_SUITE("stacktrace/source_lines") {
  TEST_CASE("as many lines before as after, fewer at the ends") {  // P3.12
    const Folder folder;
    const std::string path = folder.file("a.cpp", "one\ntwo\r\n\nfour\nfive");
    CHECK(
        with_lines(path, 4, 1) ==
        Frame{.lineno = 4, .pre_context = {""}, .context_line = "four", .post_context = {"five"}});
    CHECK(with_lines(path, 2, 5) == Frame{.lineno = 2,
                                          .pre_context = {"one"},
                                          .context_line = "two",
                                          .post_context = {"", "four", "five"}});
    CHECK(with_lines(path, 5, 0) == Frame{.lineno = 5, .context_line = "five"});
  }

  TEST_CASE("a line that is not there, or empty, brings nothing") {
    const Folder folder;
    const std::string path = folder.file("a.cpp", "one\n\nthree\n");
    CHECK(with_lines(path, 9, 2) == Frame{.lineno = 9});
    CHECK(with_lines(path, 2, 2) == Frame{.lineno = 2});
    CHECK(with_lines(path, 0, 2) == Frame{});
  }

  TEST_CASE("lines and their number are bounded") {
    const Folder folder;
    std::string text;
    for (int i = 0; i < 100; ++i) text += std::string(kMaxSourceLine - 1, 'x') + "\u00e9\n";
    const Frame frame = with_lines(folder.file("long.cpp", text), 50, 1000);
    CHECK(frame.pre_context.size() == kMaxSourceLines);
    CHECK(frame.post_context.size() == kMaxSourceLines);
    CHECK(frame.context_line == std::string(kMaxSourceLine - 1, 'x'));  // no half character
  }

  TEST_CASE("only regular files of a bounded size are read") {
    const Folder folder;
    const std::string good = folder.file("good.cpp", "one\n");
    const std::string pipe = folder.file("pipe");
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    const std::string link = folder.file("link");
    fs::create_symlink("/dev/zero", link);
    const std::string large = folder.file("large.cpp", "one\n");
    fs::resize_file(large, kMaxSourceBytes + 1);
    for (const std::string& path :
         {pipe, link, large, std::string("/dev/zero"), std::string("/proc/self/mem"),
          folder.file("none"), folder.file("."), std::string(), std::string("good.cpp")}) {
      CAPTURE(path);
      CHECK(with_lines(path, 1, 1) == Frame{.lineno = 1});
    }
    CHECK(with_lines(good, 1, 1) == Frame{.lineno = 1, .context_line = "one"});
  }
}

}  // namespace
}  // namespace picket::stacktrace
