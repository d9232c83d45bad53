#include "base/lru_map.hpp"

#include "support/allocations.hpp"

#include <doctest/doctest.h>

namespace picket::base {
namespace {

TEST_SUITE("base/lru_map") {
  TEST_CASE("the least recently used key leaves for a new one") {  // S12.3
    LruMap<int> map(2);
    map.use(1) = 10;
    map.use(2) = 20;
    CHECK(map.use(1) == 10);  // 2 is the oldest now
    map.use(3) = 30;
    CHECK(map.size() == 2);
    CHECK(map.find(2) == nullptr);
    REQUIRE(map.find(1) != nullptr);
    CHECK(*map.find(1) == 10);
    CHECK(map.use(2) == 0);  // begins anew, and 3 has left for it
    CHECK(map.find(3) == nullptr);
  }

  TEST_CASE("a full table allocates nothing, however many keys come") {  // S12.3
    LruMap<int> map(100);
    for (std::uint64_t key = 0; key < 100; ++key) ++map.use(key);
    CHECK(tests::count_allocations([&] {
            for (std::uint64_t key = 0; key < 100'000; ++key) ++map.use(key);
          }) == 0);
    CHECK(map.size() == 100);
  }

  TEST_CASE("a table of nothing remembers one") {
    LruMap<int> map(0);
    map.use(7) = 1;
    CHECK(*map.find(7) == 1);
    CHECK(map.find(8) == nullptr);
  }
}

}  // namespace
}  // namespace picket::base
