#include "transport/zstd.hpp"

#include <doctest/doctest.h>
#include <zstd.h>

#include <string>

namespace picket::transport {
namespace {

std::string unpack(std::string_view bytes, std::size_t size) {
  REQUIRE(ZSTD_getFrameContentSize(bytes.data(), bytes.size()) == size);
  std::string out(size, '\0');
  CHECK(ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size()) == size);
  return out;
}

TEST_SUITE("transport/zstd") {
  TEST_CASE("bodies unpack to what they were, one after the other") {  // P1.7
    Zstd zstd;
    for (const std::size_t size : {1'024U, 3'000'000U, 0U, 5'000U}) {
      CAPTURE(size);
      std::string text;
      while (text.size() < size) text += "{\"n\":" + std::to_string(text.size() * 7919) + "}";
      const std::string_view packed = zstd.compress(text);
      CHECK((size == 0 || packed.size() < text.size()));
      CHECK(unpack(packed, text.size()) == text);
    }
  }
}

}  // namespace
}  // namespace picket::transport
