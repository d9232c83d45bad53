#include "tracing/trace.hpp"

#include "support/ear.hpp"
#include "tracing/baggage.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace picket::tracing {
namespace {

using tests::Ear;

constexpr int kTrials = 1000;
constexpr std::string_view kKept = "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-1";
constexpr std::string_view kNotKept = "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-0";
constexpr std::string_view kDeferred = "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718";
constexpr std::string_view kW3c = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

struct Came {
  std::string_view sentry_trace{};
  std::string_view baggage{};
  std::string_view traceparent{};
};

std::optional<Trace> continued(const Came& came, const ContinuationRules& rules = {},
                               double draw = 0.5) {
  IncomingTrace incoming;
  incoming.add("sentry-trace", came.sentry_trace);
  incoming.add("baggage", came.baggage);
  incoming.add("traceparent", came.traceparent);
  return continue_trace(incoming, rules, draw);
}

Trace required(const Came& came, double draw = 0.5) {
  auto trace = continued(came, {}, draw);
  REQUIRE(trace.has_value());
  return *std::move(trace);
}

TEST_SUITE("tracing/trace that begins here") {
  TEST_CASE("it has ids and a number of its own, and nothing of others") {  // P4.7, C110
    const Trace one = new_trace(0.1042339);
    const Trace two = new_trace(0.5);
    CHECK(one.trace_id != base::TraceId{});
    CHECK(one.span_id != base::SpanId{});
    CHECK(one.trace_id != two.trace_id);
    CHECK(one.span_id != two.span_id);
    CHECK(one.sample_rand.to_string() == "0.104233");
    CHECK(two.sample_rand.to_string() == "0.500000");
    CHECK_FALSE(one.is_continued);
    CHECK(one.context == nullptr);
    CHECK_FALSE(one.parent_sampled.has_value());
  }
}

TEST_SUITE("tracing/trace that came from elsewhere") {
  TEST_CASE("its ids, decision and context are taken over") {  // P4.8, P4.9
    const Trace trace =
        required({kKept, "x=1,sentry-sample_rate=0.25,sentry-sample_rand=0.104233,sentry-odd=%21"});
    CHECK(base::to_hex(trace.trace_id) == "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a");
    CHECK(base::to_hex(trace.parent_span_id) == "a1b2c3d4e5f60718");
    CHECK(trace.span_id != base::SpanId{});
    CHECK(trace.span_id != trace.parent_span_id);
    CHECK(trace.is_continued);
    CHECK(trace.parent_sampled == true);
    CHECK(trace.parent_sample_rate == 0.25);
    CHECK(trace.sample_rand.to_string() == "0.104233");
    REQUIRE(trace.context != nullptr);
    CHECK(to_baggage(trace.context->members) ==
          "sentry-sample_rate=0.25,sentry-sample_rand=0.104233,sentry-odd=%21");
  }

  TEST_CASE("each continuation is a span of its own") {
    CHECK(required({kKept}).span_id != required({kKept}).span_id);
  }

  TEST_CASE("the decision is that of the header, whatever the baggage says") {
    CHECK(required({kKept, "sentry-sampled=false"}).parent_sampled == true);
    CHECK(required({kNotKept, "sentry-sampled=true"}).parent_sampled == false);
    CHECK_FALSE(required({kDeferred, "sentry-sampled=true"}).parent_sampled.has_value());
  }

  TEST_CASE("without a context it stays without members, as it came") {  // P4.8, C093
    for (const std::string_view baggage : {"", "x=1", "sentry-a", "sentry-a=%"}) {
      CAPTURE(baggage);
      const Trace trace = required({kKept, baggage});
      REQUIRE(trace.context != nullptr);
      CHECK(trace.context->members.empty());
      CHECK(trace.sample_rand.to_string() == "0.500000");
    }
  }

  TEST_CASE("a rate that is none is not known") {
    struct Row {
      std::string_view text;
      std::optional<double> rate;
    };
    const Row rows[] = {{"0", 0.0},   {"1", 1.0},  {"0.25", 0.25}, {"1e-05", 1e-5}, {"1.5", {}},
                        {"-0.1", {}}, {"nan", {}}, {"inf", {}},    {"half", {}},    {"0.5x", {}}};
    for (const Row& row : rows) {
      CAPTURE(row.text);
      CHECK(required({kKept, "sentry-sample_rate=" + std::string(row.text)}).parent_sample_rate ==
            row.rate);
    }
  }
}

TEST_SUITE("tracing/trace and its number") {
  TEST_CASE("one that came is used and passed on as it is, with all its digits") {  // P4.7
    const Trace trace = required({kKept, "sentry-sample_rand=0.12345678901234"});
    CHECK(trace.sample_rand.to_string() == "0.123456");
    CHECK(trace.context->find("sample_rand") == "0.12345678901234");
  }

  TEST_CASE("one that is missing is made to fit the decision, a thousand times") {  // P4.7, C088
    for (int i = 0; i < kTrials; ++i) {
      const double draw = base::random_unit();
      CAPTURE(draw);
      const Trace kept = required({kKept, "sentry-sample_rate=0.25"}, draw);
      REQUIRE(kept.sample_rand.is_below(0.25));
      REQUIRE(kept.context->find("sample_rand") == kept.sample_rand.to_string());
      const Trace dropped = required({kNotKept, "sentry-sample_rate=0.25"}, draw);
      REQUIRE_FALSE(dropped.sample_rand.is_below(0.25));
      REQUIRE(dropped.sample_rand.is_below(1));
    }
  }

  TEST_CASE("without a rate, or with the decision deferred, it is any number") {
    CHECK(required({kKept}, 0.75).sample_rand.to_string() == "0.750000");
    CHECK(required({kNotKept, "sentry-release=a"}, 0.1).sample_rand.to_string() == "0.100000");
    CHECK(required({kDeferred, "sentry-sample_rate=0.25"}, 0.75).sample_rand.to_string() ==
          "0.750000");
  }

  TEST_CASE("one that is no number in [0, 1) counts as missing and is replaced in its place") {
    for (const std::string_view text : {"1", "2.5", "-0.1", "half", "0.5x", "nan"}) {
      CAPTURE(text);
      const Trace trace = required({kKept, "sentry-a=1,sentry-sample_rand=" + std::string(text) +
                                               ",sentry-sample_rate=0.5,sentry-b=2"});
      CHECK(to_baggage(trace.context->members) ==
            "sentry-a=1,sentry-sample_rand=0.250000,sentry-sample_rate=0.5,sentry-b=2");
      CHECK(trace.sample_rand.to_string() == "0.250000");
    }
  }
}

TEST_SUITE("tracing/trace of W3C") {
  TEST_CASE("traceparent is read when there is no sentry-trace") {  // P4.9
    const Trace trace = required({{}, {}, kW3c});
    CHECK(base::to_hex(trace.trace_id) == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(base::to_hex(trace.parent_span_id) == "00f067aa0ba902b7");
    CHECK(trace.parent_sampled == true);
    CHECK(trace.is_continued);
    CHECK(base::to_hex(required({kKept, {}, kW3c}).trace_id) == "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a");
  }

  TEST_CASE("a sentry-trace that is malformed is not made good by traceparent") {
    CHECK_FALSE(continued({"garbage", {}, kW3c}).has_value());
  }

  TEST_CASE("who sends traceparent alone leaves the context to us") {
    CHECK(required({{}, {}, kW3c}).context == nullptr);
    CHECK(required({{}, "x=1", kW3c}).context == nullptr);
    const Trace trace = required({{}, "sentry-release=a", kW3c});
    REQUIRE(trace.context != nullptr);
    CHECK(trace.context->find("release") == "a");
  }
}

TEST_SUITE("tracing/trace that is not continued") {
  TEST_CASE("one line tells why") {
    struct Row {
      const char* name;
      Came came;
      std::string_view line;
    };
    const Row rows[] = {
        {"nothing came",
         {},
         "debug: an incoming request says nothing of a trace: a new one starts"},
        {"baggage alone",
         {{}, "sentry-trace_id=7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a", {}},
         "debug: an incoming request says nothing of a trace: a new one starts"},
        {"blanks for a header",
         {"  ", {}, {}},
         "debug: an incoming request says nothing of a trace: a new one starts"},
        {"a malformed sentry-trace",
         {"garbage", "sentry-a=1", kW3c},
         "info: an incoming sentry-trace header is malformed: a new trace starts"},
        {"zeros",
         {"00000000000000000000000000000000-a1b2c3d4e5f60718-1", {}, {}},
         "info: an incoming sentry-trace header is malformed: a new trace starts"},
        {"a malformed traceparent",
         {{}, {}, "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
         "info: an incoming traceparent header is malformed: a new trace starts"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      Ear ear(Level::debug);
      CHECK_FALSE(continued(row.came).has_value());
      CHECK(ear.lines == std::vector<std::string>{std::string(row.line)});
    }
  }

  TEST_CASE(
      "of one that is continued nothing is told, and malformed members are not worth a line") {
    Ear ear(Level::debug);
    CHECK(continued({kKept, "sentry-a=%,,=,sentry-sample_rand=2"}).has_value());
    CHECK(ear.lines.empty());
  }

  TEST_CASE("nothing that came is quoted") {
    Ear ear(Level::debug);
    CHECK_FALSE(continued({"secret", {}, {}}).has_value());
    CHECK_FALSE(continued({kKept, "sentry-org_id=secret", {}}, {.org_id = 1}).has_value());
    REQUIRE(ear.lines.size() == 2);
    for (const std::string& line : ear.lines) CHECK(line.find("secret") == std::string::npos);
  }
}

TEST_SUITE("tracing/trace of an organisation") {
  constexpr std::string_view kOther =
      "info: an incoming trace is not continued: it is of another organisation";
  constexpr std::string_view kOneSide =
      "info: an incoming trace is not continued: only one side tells its organisation";

  TEST_CASE("whose traces are continued") {  // P4.12, C102
    struct Row {
      const char* name;
      std::string_view theirs;
      std::optional<std::uint64_t> ours;
      bool strict;
      std::string_view refusal;  // empty: continued
    };
    const Row rows[] = {
        {"the same", "1", 1, false, {}},
        {"the same, strict", "1", 1, true, {}},
        {"neither tells", "", {}, false, {}},
        {"neither tells, strict", "", {}, true, {}},
        {"we alone tell", "", 1, false, {}},
        {"we alone tell, strict", "", 1, true, kOneSide},
        {"they alone tell", "1", {}, false, {}},
        {"they alone tell, strict", "1", {}, true, kOneSide},
        {"different ones", "1", 2, false, kOther},
        {"different ones, strict", "1", 2, true, kOther},
        {"what is no number", "acme", 1, false, kOther},
        {"the same number in other words", "01", 1, false, kOther},
        {"the largest number", "18446744073709551615", 18446744073709551615U, true, {}},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      Ear ear(Level::debug);
      const std::string baggage = "sentry-a=1,sentry-org_id=" + std::string(row.theirs);
      const auto trace = continued({kKept, baggage}, {row.ours, row.strict});
      CHECK(trace.has_value() == row.refusal.empty());
      if (row.refusal.empty()) {
        CHECK(ear.lines.empty());
      } else {
        CHECK(ear.lines == std::vector<std::string>{std::string(row.refusal)});
      }
    }
  }

  TEST_CASE("strictness holds for W3C headers too, which tell no organisation") {
    CHECK(continued({{}, {}, kW3c}, {.org_id = 1, .strict = false}).has_value());
    CHECK_FALSE(continued({{}, {}, kW3c}, {.org_id = 1, .strict = true}).has_value());
    CHECK(continued({{}, {}, kW3c}, {.org_id = {}, .strict = true}).has_value());
  }
}

}  // namespace
}  // namespace picket::tracing
