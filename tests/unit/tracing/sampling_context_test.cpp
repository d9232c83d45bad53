#include "tracing/sampling_context.hpp"

#include "picket/json.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace picket::tracing {
namespace {

constexpr Identity kShop{"4f1e2d3c4b5a69788796a5b4c3d2e1f0", "shop@1.4.0+77", "staging", 4501};

TraceFacts facts() {
  TraceFacts facts;
  facts.trace_id.fill(std::byte{0xAB});
  return facts;
}

TEST_SUITE("tracing/sampling_context") {
  TEST_CASE("all that is known is told, as texts") {  // P4.8, C089
    TraceFacts known = facts();
    known.sample_rand = SampleRand::from(0.104233);
    known.sample_rate = 0.25;
    known.sampled = true;
    known.transaction = "GET /cart/{id}";
    known.source = TransactionSource::route;
    CHECK(describe(kShop, known).to_json() ==
          R"({"trace_id":"abababababababababababababababab",)"
          R"("public_key":"4f1e2d3c4b5a69788796a5b4c3d2e1f0","sample_rate":"0.25",)"
          R"("sample_rand":"0.104233","sampled":"true","org_id":"4501",)"
          R"("release":"shop@1.4.0+77","environment":"staging","transaction":"GET /cart/{id}"})");
  }

  TEST_CASE("what is not known is left out") {  // P4.10, C099
    TraceFacts deferred = facts();
    deferred.sample_rand = SampleRand::from(0.5);
    CHECK(describe({"key", {}, {}, {}}, deferred).to_json() ==
          R"({"trace_id":"abababababababababababababababab","public_key":"key",)"
          R"("sample_rand":"0.500000"})");
  }

  TEST_CASE("a transaction is told by its name unless that is a URL") {  // P4.8, C090
    TraceFacts named = facts();
    named.transaction = "a name";
    for (const auto source :
         {TransactionSource::custom, TransactionSource::route, TransactionSource::view,
          TransactionSource::component, TransactionSource::task}) {
      named.source = source;
      CHECK(describe(kShop, named).find("transaction") == "a name");
    }
    named.source = TransactionSource::url;
    CHECK(describe(kShop, named).find("transaction").empty());
  }

  TEST_CASE("the text of a rate is a JSON number") {  // P4.8, C089
    struct Row {
      double rate;
      std::string_view text;
    };
    const Row rows[] = {
        {0, "0"},     {1, "1"},        {0.25, "0.25"},     {0.5, "0.5"},
        {0.1, "0.1"}, {1e-5, "1e-05"}, {1e-300, "1e-300"}, {1.0 / 3, "0.3333333333333333"}};
    for (const Row& row : rows) {
      TraceFacts rated = facts();
      rated.sample_rate = row.rate;
      const DynamicSamplingContext context = describe(kShop, rated);
      CHECK(context.find("sample_rate") == row.text);
      const Result<Value> number = parse_json(row.text);
      REQUIRE(number);
      CHECK(number->number_or(-1) == row.rate);
    }
  }

  TEST_CASE("a rate that is no number is not told") {
    TraceFacts odd = facts();
    for (const double rate :
         {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
      odd.sample_rate = rate;
      CHECK(describe(kShop, odd).find("sample_rate").empty());
    }
  }

  TEST_CASE("a decision against the trace is told too") {
    TraceFacts dropped = facts();
    dropped.sampled = false;
    dropped.sample_rate = 0;
    CHECK(describe(kShop, dropped).find("sampled") == "false");
    CHECK(describe(kShop, dropped).find("sample_rate") == "0");
  }

  TEST_CASE("an organisation is told with all its digits") {
    Identity large = kShop;
    large.org_id = std::numeric_limits<std::uint64_t>::max();
    CHECK(describe(large, facts()).find("org_id") == "18446744073709551615");
    large.org_id = 0;
    CHECK(describe(large, facts()).find("org_id") == "0");
  }

  TEST_CASE("a context without members is no JSON at all") {  // P4.8
    CHECK(DynamicSamplingContext{}.to_json().empty());
    CHECK(DynamicSamplingContext{}.find("trace_id").empty());
  }

  TEST_CASE("values are escaped, and bytes that are no text are repaired") {
    const DynamicSamplingContext context{{{"a", "\"\n"}, {"b", "\xFF"}}};
    CHECK(context.to_json() == "{\"a\":\"\\\"\\n\",\"b\":\"\xEF\xBF\xBD\"}");
  }
}

}  // namespace
}  // namespace picket::tracing
