#include "stacktrace/debug_id.hpp"

#include <numeric>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace picket::stacktrace {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST_SUITE("stacktrace/debug_id") {
  TEST_CASE("a build id becomes a little-endian GUID") {  // P3.15
    const Bytes id{0x1f, 0x2e, 0x3d, 0x4c, 0x5b, 0x6a, 0x79, 0x88, 0x00, 0x11,
                   0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0xde, 0xad, 0xbe, 0xef};
    CHECK(debug_id(id) == "4c3d2e1f-6a5b-8879-0011-223344556677");
    CHECK(code_id(id) == "1f2e3d4c5b6a79880011223344556677deadbeef");
  }

  TEST_CASE("a short build id is filled up with zeros") {  // P3.15
    const Bytes id{0x01, 0x23, 0x45, 0x67, 0x89};
    CHECK(debug_id(id) == "67452301-0089-0000-0000-000000000000");
    CHECK(code_id(id) == "0123456789");
  }

  TEST_CASE("code stands in for a missing build id") {  // P3.15
    Bytes text(40);
    std::iota(text.begin(), text.end(), std::uint8_t{0});
    CHECK(debug_id_of_text(text) == "33323130-3534-3736-1010-101010101010");
  }

  TEST_CASE("only the first page of code counts") {  // P3.15
    Bytes text(kTextHead, 0x5A);
    const std::string id = debug_id_of_text(text);
    text.push_back(0xFF);
    CHECK(debug_id_of_text(text) == id);
    text[kTextHead - 1] = 0x00;
    CHECK(debug_id_of_text(text) != id);
  }
}

}  // namespace
}  // namespace picket::stacktrace
