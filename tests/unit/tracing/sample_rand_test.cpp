#include "tracing/sample_rand.hpp"

#include "base/ids.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace picket::tracing {
namespace {

constexpr int kTrials = 1000;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST_SUITE("tracing/sample_rand") {
  TEST_CASE("six decimals are cut off, never rounded") {  // P4.7, C087
    struct Row {
      const char* name;
      double number;
      std::string_view text;
    };
    const Row rows[] = {
        {"zero", 0, "0.000000"},
        {"the example of the documents", 0.104233, "0.104233"},
        {"nearly one", 0.9999999, "0.999999"},
        {"the largest number below one", std::nextafter(1.0, 0.0), "0.999999"},
        {"less than a millionth", 9.99e-7, "0.000000"},
        {"the smallest number there is", std::numeric_limits<double>::denorm_min(), "0.000000"},
        {"a half and a bit", 0.5000009, "0.500000"},
        {"not exact in binary", 0.000029, "0.000029"},
        {"just below a decimal", std::nextafter(0.000029, 0.0), "0.000028"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      CHECK(SampleRand::from(row.number).to_string() == row.text);
    }
  }

  TEST_CASE("what is outside becomes the nearest number inside") {
    CHECK(SampleRand::from(1.0).to_string() == "0.999999");
    CHECK(SampleRand::from(kInfinity).to_string() == "0.999999");
    CHECK(SampleRand::from(-0.1).to_string() == "0.000000");
    CHECK(SampleRand::from(-kInfinity).to_string() == "0.000000");
    CHECK(SampleRand::from(kNan).to_string() == "0.000000");
  }

  TEST_CASE("every number of six decimals survives as text and as a number") {
    std::uint32_t wrong = 0;
    for (std::uint32_t i = 0; i < 1'000'000; ++i) {
      char text[16];
      std::snprintf(text, sizeof text, "0.%06u", static_cast<unsigned>(i));
      const auto rand = SampleRand::parse(text);
      const bool survives =
          rand && rand->to_string() == text && SampleRand::from(rand->value()) == *rand;
      if (!survives) ++wrong;
    }
    CHECK(wrong == 0);
  }

  TEST_CASE("the number before one of six decimals is cut to the one below") {
    std::uint32_t wrong = 0;
    SampleRand below;
    for (std::uint32_t i = 1; i < 1'000'000; ++i) {
      const double number = i / 1e6;
      if (SampleRand::from(std::nextafter(number, 0.0)) != below) ++wrong;
      below = SampleRand::from(number);
    }
    CHECK(wrong == 0);
  }

  TEST_CASE("texts of other services") {  // P4.7 rule 3
    struct Row {
      const char* name;
      std::string_view text;
      std::string_view read;  // empty: refused
    };
    const Row rows[] = {
        {"six decimals", "0.104233", "0.104233"},
        {"fewer", "0.5", "0.500000"},
        {"sixteen", "0.1042339999999999", "0.104233"},
        {"nines that a double would round up to one", "0.99999999999999999999", "0.999999"},
        {"zero", "0", "0.000000"},
        {"zero with decimals", "0.0", "0.000000"},
        {"a dot and nothing behind it", "0.", "0.000000"},
        {"an exponent", "1.25e-01", "0.125000"},
        {"a small number in JavaScript's words", "1.5e-7", "0.000000"},
        {"one", "1", ""},
        {"one with decimals", "1.000000", ""},
        {"an exponent that makes it large", "1e5", ""},
        {"two", "2.5", ""},
        {"below zero", "-0.1", ""},
        {"minus zero", "-0", ""},
        {"a plus", "+0.5", ""},
        {"nothing", "", ""},
        {"a blank before", " 0.5", ""},
        {"text", "half", ""},
        {"text behind", "0.5abc", ""},
        {"two dots", "0.5.5", ""},
        {"a comma", "0,5", ""},
        {"no number", "nan", ""},
        {"infinity", "inf", ""},
        {"hexadecimal", "0x0.8", ""},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const auto rand = SampleRand::parse(row.text);
      CHECK(rand.has_value() == !row.read.empty());
      if (rand) CHECK(rand->to_string() == row.read);
    }
  }

  TEST_CASE("a number is below a rate as its decimals say") {
    const auto rand = SampleRand::from(0.25);
    CHECK(rand.is_below(0.250001));
    CHECK_FALSE(rand.is_below(0.25));
    CHECK_FALSE(rand.is_below(0));
    CHECK(rand.is_below(1));
    CHECK_FALSE(rand.is_below(kNan));
    CHECK_FALSE(SampleRand().is_below(0));
    CHECK(SampleRand::from(1).is_below(1));
  }
}

TEST_SUITE("tracing/sample_rand made for a decision of somebody else") {
  TEST_CASE("a thousand trials keep the invariant at every rate") {  // P4.7, C088
    for (const double rate : {0.000001, 0.0000015, 0.1, 0.25, 1.0 / 3, 0.5, 0.7, 0.999998}) {
      CAPTURE(rate);
      for (int i = 0; i < kTrials; ++i) {
        const double draw = base::random_unit();
        CAPTURE(draw);
        REQUIRE(SampleRand::fitting(true, rate, draw).is_below(rate));
        REQUIRE_FALSE(SampleRand::fitting(false, rate, draw).is_below(rate));
      }
    }
  }

  TEST_CASE("the draw goes through the whole range, and not beyond it") {
    constexpr double kLast = 1 - 0x1.0p-53;
    CHECK(SampleRand::fitting(true, 0.25, 0).to_string() == "0.000000");
    CHECK(SampleRand::fitting(true, 0.25, 0.5).to_string() == "0.125000");
    CHECK(SampleRand::fitting(true, 0.25, kLast).to_string() == "0.249999");
    CHECK(SampleRand::fitting(false, 0.25, 0).to_string() == "0.250000");
    CHECK(SampleRand::fitting(false, 0.25, 0.5).to_string() == "0.625000");
    CHECK(SampleRand::fitting(false, 0.25, kLast).to_string() == "0.999999");
    CHECK(SampleRand::fitting(false, 0.0, 0).to_string() == "0.000000");
    CHECK(SampleRand::fitting(true, 1.0, kLast).to_string() == "0.999999");
  }

  TEST_CASE("a rate of more than six decimals is met from both sides") {
    constexpr double kLast = 1 - 0x1.0p-53;
    CHECK(SampleRand::fitting(true, 1.0 / 3, kLast).to_string() == "0.333333");
    CHECK(SampleRand::fitting(false, 1.0 / 3, 0).to_string() == "0.333334");
    CHECK(SampleRand::fitting(true, 0.0000015, kLast).to_string() == "0.000001");
    CHECK(SampleRand::fitting(false, 0.0000015, 0).to_string() == "0.000002");
  }

  TEST_CASE("a draw that is none stays inside") {
    for (const double draw : {-1.0, 1.0, 2.0, kNan, kInfinity}) {
      CAPTURE(draw);
      CHECK(SampleRand::fitting(true, 0.25, draw).is_below(0.25));
      CHECK_FALSE(SampleRand::fitting(false, 0.25, draw).is_below(0.25));
      CHECK(SampleRand::fitting({}, {}, draw).is_below(1));
    }
  }

  TEST_CASE("without a decision or a usable rate it is any number") {
    const std::optional<double> rates[] = {{}, -0.1, 1.1, kNan, kInfinity};
    for (const auto& rate : rates) {
      CHECK(SampleRand::fitting(true, rate, 0.75).to_string() == "0.750000");
      CHECK(SampleRand::fitting(false, rate, 0.25).to_string() == "0.250000");
    }
    CHECK(SampleRand::fitting({}, 0.5, 0.75).to_string() == "0.750000");
  }

  TEST_CASE("where no number fits the decision it is the one that most others decide so on") {
    CHECK(SampleRand::fitting(true, 0.0, 0.5).to_string() == "0.000000");
    CHECK(SampleRand::fitting(false, 1.0, 0.5).to_string() == "0.999999");
  }

  TEST_CASE("a range of many numbers is drawn from evenly") {
    int lower_half = 0;
    for (int i = 0; i < kTrials; ++i) {
      const double draw = (i + 0.5) / kTrials;
      if (SampleRand::fitting(true, 0.2, draw).is_below(0.1)) ++lower_half;
    }
    CHECK(lower_half == kTrials / 2);
  }
}

}  // namespace
}  // namespace picket::tracing
