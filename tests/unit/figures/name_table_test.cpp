#include "figures/name_table.hpp"

#include "support/allocations.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace picket::figures {
namespace {

TEST_SUITE("figures/name_table") {
  TEST_CASE("a name keeps its number, and a number its name") {
    NameTable table;
    const auto ban = table.id_of("ban");
    CHECK(ban != NameTable::kOther);
    CHECK(table.id_of("kick") != ban);
    CHECK(table.id_of("ban") == ban);
    CHECK(table.name(ban) == "ban");
    CHECK(table.name(table.id_of("")) == "unknown");
  }

  TEST_CASE("the 257th name and all after it are other") {  // S10.6 S13.5
    NameTable table;
    std::set<NameTable::Id> ids;
    for (int i = 0; i < 1000; ++i) ids.insert(table.id_of("name " + std::to_string(i)));
    CHECK(ids.size() == 257);
    CHECK(table.name(table.id_of("name 255")) == "name 255");
    CHECK(table.id_of("name 256") == NameTable::kOther);
    CHECK(table.name(NameTable::kOther) == "other");
  }

  TEST_CASE("a name that is called other takes no place of its own") {
    NameTable table;
    CHECK(table.id_of("other") == NameTable::kOther);
  }

  TEST_CASE("long names are cut between characters") {
    NameTable table;
    const std::string long_name = std::string(199, 'x') + "\u00e9\u00e9";
    CHECK(table.name(table.id_of(long_name)) == std::string(199, 'x'));
    CHECK(table.id_of(long_name) == table.id_of(long_name + "more"));
  }

  TEST_CASE("what is known is found without allocating") {
    NameTable table;
    const std::string name(150, 'n');
    table.id_of(name);
    CHECK(tests::count_allocations([&] { table.id_of(name); }) == 0);
  }

  TEST_CASE("as a cache it gives back what it was told") {
    NameTable cache;
    CHECK_FALSE(cache.known("St13runtime_error"));
    cache.remember("St13runtime_error", 7);
    cache.remember("St13runtime_error", 8);  // too late
    CHECK(cache.known("St13runtime_error") == 7);
  }

  TEST_CASE("threads that meet new names at once agree on their numbers") {
    NameTable table;
    std::array<std::vector<NameTable::Id>, 4> seen;
    {
      std::vector<std::thread> threads;
      for (auto& ids : seen) {
        threads.emplace_back([&] {
          for (int i = 0; i < 300; ++i) ids.push_back(table.id_of(std::to_string(i)));
        });
      }
      for (std::thread& thread : threads) thread.join();
    }
    for (std::size_t i = 0; i < 300; ++i) {
      const auto name = table.name(seen[0][i]);
      for (const auto& ids : seen) {
        const auto id = ids[i];
        if (id != NameTable::kOther) REQUIRE(table.name(id) == std::to_string(i));
      }
      if (name != "other") REQUIRE(table.id_of(std::to_string(i)) == seen[0][i]);
    }
  }
}

}  // namespace
}  // namespace picket::figures
