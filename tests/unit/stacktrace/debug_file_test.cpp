#include "stacktrace/debug_file.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace picket::stacktrace {
namespace {

using Paths = std::vector<std::string>;

std::vector<std::uint8_t> bytes(std::string_view text) { return {text.begin(), text.end()}; }

TEST_SUITE("stacktrace/debug_file") {
  TEST_CASE("beside the binary first, then in the directories, by name and by build id") {
    const std::vector<std::uint8_t> id{0xAB, 0xCD, 0xEF};
    const Paths directories{"/usr/lib/debug", "/srv/debug"};
    CHECK(debug_file_candidates("/opt/shop/shopd", "shopd.dbg", id, directories) ==
          Paths{"/opt/shop/shopd.dbg", "/opt/shop/.debug/shopd.dbg",
                "/usr/lib/debug/opt/shop/shopd.dbg", "/srv/debug/opt/shop/shopd.dbg",
                "/usr/lib/debug/.build-id/ab/cdef.debug", "/srv/debug/.build-id/ab/cdef.debug"});
  }

  TEST_CASE("without a link the name is the binary's with .debug") {
    CHECK(debug_file_candidates("/a/b", "", {}, {}) == Paths{"/a/b.debug", "/a/.debug/b.debug"});
    CHECK(debug_file_candidates("/b", "", {}, {}) == Paths{"/b.debug", "/.debug/b.debug"});
  }

  TEST_CASE("a link to the binary itself is not followed") {
    CHECK(debug_file_candidates("/a/b", "b", {}, {}) == Paths{"/a/.debug/b"});
  }

  TEST_CASE("a binary without a place is looked for by its build id alone") {
    const std::vector<std::uint8_t> id{1, 2};
    const Paths directories{"/d"};
    CHECK(debug_file_candidates("lib.so", "", id, directories) ==
          Paths{"/d/.build-id/01/02.debug"});
    CHECK(debug_file_candidates("", "", {}, directories).empty());
  }

  TEST_CASE("a link section holds a plain name, or none") {
    CHECK(debug_link_name(bytes(std::string_view("a.debug\0\x01\x02\x03\x04", 12))) == "a.debug");
    CHECK(debug_link_name(bytes(std::string_view("../a\0", 5))).empty());
    CHECK(debug_link_name(bytes(std::string_view("..\0", 3))).empty());
    CHECK(debug_link_name(bytes("endless")).empty());
    CHECK(debug_link_name({}).empty());
  }
}

}  // namespace
}  // namespace picket::stacktrace
