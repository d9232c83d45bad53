#include "figures/stopwatch.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

namespace picket::figures {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

double milliseconds(nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

/// The value at that share of all, the one of rank ceil(share * n).
double exact(std::vector<nanoseconds> values, double share) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  return milliseconds(values[std::max<std::size_t>(rank, 1) - 1]);
}

TEST_SUITE("figures/stopwatch") {
  TEST_CASE("percentiles are within 1 % of the exact ones, whatever the distribution") {  // S10.2
    std::mt19937_64 random(11);
    std::uniform_real_distribution<double> even(1e3, 1e10);
    std::lognormal_distribution<double> skewed(15, 3);
    std::exponential_distribution<double> short_ones(1e-6);
    struct Row {
      const char* name;
      std::function<double()> draw;
    };
    const std::vector<Row> rows{
        {"even", [&] { return even(random); }},
        {"skewed", [&] { return std::clamp(skewed(random), 1e3, 8.64e13); }},
        {"exponential", [&] { return short_ones(random) + 1e3; }},
        {"two heaps", [&] { return random() % 2 == 0 ? 5e4 : 7e11; }},
        {"powers", [&] { return std::pow(10.0, static_cast<double>(random() % 10) + 3); }}};
    for (const Row& row : rows) {
      CAPTURE(row.name);
      for (const int size : {1, 2, 3, 20, 1000, 10'000}) {
        CAPTURE(size);
        Stopwatch stopwatch;
        std::vector<nanoseconds> values;
        for (int i = 0; i < size; ++i) {
          values.emplace_back(static_cast<nanoseconds::rep>(row.draw()));
          stopwatch.add(Stopwatch::bucket_of(values.back()), values.back());
        }
        const Timing timing = stopwatch.read();
        const double p50 = exact(values, 0.50);
        const double p95 = exact(values, 0.95);
        CHECK(std::abs(timing.p50 - p50) <= 0.01 * p50);
        CHECK(std::abs(timing.p95 - p95) <= 0.01 * p95);
        CHECK(timing.max == milliseconds(*std::max_element(values.begin(), values.end())));
        CHECK(timing.count == values.size());
      }
    }
  }

  TEST_CASE("every duration from a microsecond to a day is within 1 % of its bucket") {
    for (double nanos = 1000; nanos < 8.64e13; nanos *= 1.0037) {
      const nanoseconds duration(static_cast<nanoseconds::rep>(nanos));
      Stopwatch stopwatch;
      stopwatch.add(Stopwatch::bucket_of(duration), duration);
      stopwatch.add(Stopwatch::kBuckets - 1, 48h);  // so that the maximum does not help
      const double value = milliseconds(duration);
      REQUIRE(std::abs(stopwatch.read().p50 - value) <= 0.01 * value);
    }
  }

  TEST_CASE("durations beyond both ends are counted, with exact mean and maximum") {
    Stopwatch stopwatch;
    for (const nanoseconds duration : {nanoseconds(0), nanoseconds(200), nanoseconds(240h)}) {
      stopwatch.add(Stopwatch::bucket_of(duration), duration);
    }
    const Timing timing = stopwatch.read();
    CHECK(timing.count == 3);
    CHECK(timing.max == milliseconds(240h));
    CHECK(timing.p95 == milliseconds(240h));
    CHECK(timing.p50 <= 0.001);
    CHECK(timing.mean == doctest::Approx(milliseconds(80h)));
  }

  TEST_CASE("nothing was timed: zeros") { CHECK(Stopwatch().read() == Timing{}); }
}

}  // namespace
}  // namespace picket::figures
