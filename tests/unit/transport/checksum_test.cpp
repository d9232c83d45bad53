#include "transport/checksum.hpp"

#include <doctest/doctest.h>

namespace picket::transport {
namespace {

TEST_SUITE("transport/checksum") {
  TEST_CASE("the checksum is the one that everybody has") {
    CHECK(crc32("123456789") == 0xCBF43926U);
    CHECK(crc32("") == 0);
  }

  TEST_CASE("parts one after the other have the checksum of the whole") {
    CHECK(crc32("6789", crc32("12345")) == 0xCBF43926U);
    CHECK(crc32({}, crc32("123456789")) == 0xCBF43926U);
  }
}

}  // namespace
}  // namespace picket::transport
