#include "trace_rows.hpp"

#include "picket/json.hpp"
#include "support/golden.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace picket::tests {
namespace {

// What the row wants, in the words of `answer`.
Value expectation(const Value& row) {
  Object expected;
  Value continued = row.at("continued");
  if (Object* const trace = continued.as_object()) {
    trace->erase("made_between");
    const bool sends_its_own = !row.at("sent").is_null();
    expected.set("sent", sends_its_own ? row.at("sent") : row.at("continued.context"));
    expected.set("outgoing", row.at("outgoing"));
  }
  expected.set("continued", continued);
  if (!row.at("told").is_null()) expected.set("told", row.at("told"));
  return expected;
}

double sample_rand_of(const Value& row, double draw) {
  const Value answered = answer(row, draw);
  return std::stod(std::string(answered.at("continued.sample_rand").text_or("-1")));
}

TEST_SUITE("tracing/trace_rows") {
  TEST_CASE("each row is read, and passed on, as it says") {
    std::set<std::string_view> names;
    const std::vector<Value> rows = golden_rows();
    for (const Value& row : rows) {
      const std::string_view name = row.at("name").text_or("");
      CAPTURE(name);
      CHECK(names.insert(name).second);
      const Result<Value> answered = parse_json(to_json(answer(row)));  // bytes become text
      REQUIRE(answered);
      CHECK(test::difference(expectation(row), *answered) == "");
    }
    CHECK(rows.size() > 50);
  }

  TEST_CASE("a number that is made here is in the range of its row, one that came is not made") {
    for (const Value& row : golden_rows()) {
      if (row.at("continued").is_null()) continue;
      const std::string_view name = row.at("name").text_or("");
      CAPTURE(name);
      const double lowest = sample_rand_of(row, 0);
      const double highest = sample_rand_of(row, std::nextafter(1.0, 0.0));
      const Value& range = row.at("continued.made_between");
      if (range.is_null()) {
        CHECK(lowest == highest);
      } else {
        CHECK(lowest == range.at("0").number_or(-1));
        CHECK(highest < range.at("1").number_or(-1));
        CHECK(highest + 1e-6 >= doctest::Approx(range.at("1").number_or(-1)));
      }
    }
  }

  TEST_CASE("what is repeated is written out, with its number where that is asked for") {
    CHECK(expanded("a{{f#=v,*3}}b") == "af0=v,f1=v,f2=v,b");
    CHECK(expanded("{{x*4}}{{*y*2}}") == "xxxx*y*y");
    CHECK(expanded("{\"a\":{}}") == "{\"a\":{}}");
  }
}

}  // namespace
}  // namespace picket::tests
