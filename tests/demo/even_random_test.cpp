#include "bot/even_random.hpp"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("demo/even_random");

TEST_CASE("of any thousand numbers in a row a tenth is below 0.1, wherever the row starts") {
  for (const int skipped : {0, 1, 7, 10, 123, 2050}) {
    CAPTURE(skipped);
    bot::EvenRandom random;
    for (int i = 0; i < skipped; ++i) random();
    int outside = 0;
    int tenths = 0;
    int hundredths = 0;
    for (int i = 0; i < 1000; ++i) {
      const double number = random();
      outside += number < 0 || number >= 1 ? 1 : 0;
      tenths += number < 0.1 ? 1 : 0;
      hundredths += number < 0.01 ? 1 : 0;
    }
    CHECK(outside == 0);
    CHECK(tenths == 100);
    CHECK(hundredths == 10);
  }
}

TEST_SUITE_END();
