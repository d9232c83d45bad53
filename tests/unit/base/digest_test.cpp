#include "base/digest.hpp"

#include "base/ids.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <span>

namespace picket::base {
namespace {

TEST_SUITE("base/digest") {
  TEST_CASE("every byte of the span is filled anew and none beyond it") {
    std::array<std::byte, 32> buffer{};
    std::array<std::byte, 32> ever_set{};
    for (int i = 0; i < 20; ++i) {
      random_bytes(std::span(buffer).first(31));
      for (std::size_t k = 0; k < buffer.size(); ++k) ever_set[k] |= buffer[k];
    }
    for (std::size_t k = 0; k < 31; ++k) CHECK(ever_set[k] != std::byte{0});
    CHECK(ever_set[31] == std::byte{0});
  }

  TEST_CASE("two draws differ") {
    std::array<std::byte, 16> first{};
    std::array<std::byte, 16> second{};
    random_bytes(first);
    random_bytes(second);
    CHECK(first != second);
  }

  TEST_CASE("nothing is asked for, nothing happens") { random_bytes({}); }

  TEST_CASE("the digest of a text is the published one") {  // FIPS 180-4, examples
    const auto hex = [](std::string_view text) { return to_hex(sha256(text).value()); };
    CHECK(hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }
}

}  // namespace
}  // namespace picket::base
