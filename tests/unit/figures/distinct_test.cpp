#include "figures/distinct.hpp"

#include <doctest/doctest.h>

#include <string>

namespace picket::figures {
namespace {

TEST_SUITE("figures/distinct") {
  TEST_CASE("up to 4096 users are counted exactly, each once") {
    Distinct users;
    for (int round = 0; round < 2; ++round) {
      for (int i = 0; i < 4096; ++i) users.add(hash_of_user(std::to_string(i)));
    }
    CHECK(users.count() == 4096);
  }

  TEST_CASE("beyond that their number is estimated to within 5 %, in memory that is bounded") {
    Distinct users;
    int added = 0;
    for (const int goal : {5000, 20'000, 300'000}) {
      for (; added < goal; ++added) users.add(hash_of_user("user " + std::to_string(added)));
      CAPTURE(goal);
      CHECK(static_cast<double>(users.count()) == doctest::Approx(goal).epsilon(0.05));
    }
  }

  TEST_CASE("nobody is zero users") { CHECK(Distinct().count() == 0); }
}

}  // namespace
}  // namespace picket::figures
