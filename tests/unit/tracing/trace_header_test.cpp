#include "tracing/trace_header.hpp"

#include "support/allocations.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace picket::tracing {
namespace {

using tests::count_allocations;

// Of the documents of either side.
constexpr std::string_view kTrace = "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a";
constexpr std::string_view kSpan = "a1b2c3d4e5f60718";

enum class Flag { kept, not_kept, deferred };

std::optional<bool> decision(Flag flag) {
  if (flag == Flag::deferred) return std::nullopt;
  return flag == Flag::kept;
}

struct Good {
  const char* name;
  std::string_view text;
  Flag flag;
};

struct Bad {
  const char* name;
  std::string_view text;
};

// Both headers are checked alike: the ids are always the same, the decision is the row's.
template <class Parse, class Rows>
void check_good(Parse parse, const Rows& rows) {
  for (const Good& row : rows) {
    CAPTURE(row.name);
    const std::optional<TraceHeader> header = parse(row.text);
    REQUIRE(header.has_value());
    CHECK(base::to_hex(header->trace_id) == kTrace);
    CHECK(base::to_hex(header->span_id) == kSpan);
    CHECK(header->sampled == decision(row.flag));
  }
}

template <class Parse, class Rows>
void check_bad(Parse parse, const Rows& rows) {
  for (const Bad& row : rows) {
    CAPTURE(row.name);
    CHECK_FALSE(parse(row.text).has_value());
  }
}

TEST_SUITE("tracing/trace_header sentry-trace") {
  TEST_CASE("two parts or three, in any letter case, blanks cut") {  // P4.9, C094
    const Good rows[] = {
        {"kept", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-1", Flag::kept},
        {"not kept", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-0", Flag::not_kept},
        {"deferred", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718", Flag::deferred},
        {"upper case", "7D1E4C0A9B2F4E6D8C3A5B7F9E1D2C4A-A1B2C3D4E5F60718-1", Flag::kept},
        {"both cases", "7d1E4c0A9b2F4e6D8c3A5b7F9e1D2c4A-a1B2c3D4e5F60718", Flag::deferred},
        {"blanks", " \t7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-1 \r\n", Flag::kept},
        {"a flag nobody knows", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-d",
         Flag::deferred},
        {"a flag of tomorrow", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-2",
         Flag::deferred},
    };
    check_good(parse_sentry_trace, rows);
  }

  TEST_CASE("all else is refused") {  // P4.9, C094
    const Bad rows[] = {
        {"nothing", ""},
        {"blanks", "   "},
        {"text", "garbage"},
        {"a flag alone", "1"},
        {"a flag behind a dash", "-1"},
        {"a trace id alone", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a"},
        {"no span id", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-1"},
        {"no dashes", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4aa1b2c3d4e5f607181"},
        {"as long, other separators", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a_a1b2c3d4e5f60718_1"},
        {"a short trace id", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4-a1b2c3d4e5f60718-1"},
        {"a long trace id", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a0-a1b2c3d4e5f60718-1"},
        {"a short span id", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f6071-1"},
        {"a long span id", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f607180-1"},
        {"a dash too many", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-"},
        {"two flags", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-11"},
        {"a word as a flag", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-true"},
        {"more behind the flag", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-1-1"},
        {"a dash for the flag", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f6071811"},
        {"no hex in the trace id", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4g-a1b2c3d4e5f60718-1"},
        {"no hex in the span id", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f6071x-1"},
        {"a sign", "+d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-1"},
        {"a trace id of zeros", "00000000000000000000000000000000-a1b2c3d4e5f60718-1"},
        {"a span id of zeros", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-0000000000000000-1"},
        {"traceparent in its place", "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-01"},
        {"two headers in one",
         "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-1,"
         "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-1"},
    };
    check_bad(parse_sentry_trace, rows);
  }

  TEST_CASE("a byte of zero and bytes above ASCII are no hex") {
    std::string text = "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-1";
    for (const char c : {'\0', '\x7f', '\x80', '\xff', '/', ':', '@', 'G', '`', 'g'}) {
      for (const std::size_t place : std::initializer_list<std::size_t>{0, 31, 33, 48}) {
        std::string bad = text;
        bad[place] = c;
        CAPTURE(place);
        CHECK_FALSE(parse_sentry_trace(bad).has_value());
      }
    }
  }

  TEST_CASE("what is written is lower case and reads back") {
    for (const std::optional<bool> sampled : {std::optional<bool>{}, {true}, {false}}) {
      const TraceHeader header{base::new_trace_id(), base::new_span_id(), sampled};
      CHECK(parse_sentry_trace(to_sentry_trace(header)) == header);
    }
    const auto header = parse_sentry_trace("7D1E4C0A9B2F4E6D8C3A5B7F9E1D2C4A-A1B2C3D4E5F60718-1");
    REQUIRE(header.has_value());
    CHECK(to_sentry_trace(*header) == "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-1");
  }
}

TEST_SUITE("tracing/trace_header traceparent") {
  TEST_CASE("version 00, and later ones with whatever they add behind a dash") {  // W3C
    const Good rows[] = {
        {"kept", "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-01", Flag::kept},
        {"not kept", "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-00", Flag::not_kept},
        {"other flags set", "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-fe",
         Flag::not_kept},
        {"all flags set", "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-ff", Flag::kept},
        {"blanks", "\t 00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-01 \t", Flag::kept},
        {"a later version", "cc-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-01", Flag::kept},
        {"a later version with more",
         "01-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-01-what-the-future-will-be-like",
         Flag::kept},
        {"more in other words", "fe-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-00-XYZ",
         Flag::not_kept},
    };
    check_good(parse_traceparent, rows);
  }

  TEST_CASE("all else is refused") {  // W3C
    const Bad rows[] = {
        {"nothing", ""},
        {"version ff", "ff-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-01"},
        {"no version", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-01"},
        {"a version of one digit", "0-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-01"},
        {"a version of three digits", "000-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-01"},
        {"a version that is no hex", "0.-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-01"},
        {"more in version 00", "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-01-x"},
        {"a dash more in version 00", "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-01-"},
        {"more without a dash", "cc-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-01.what"},
        {"flags of three digits", "cc-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-011"},
        {"upper case in the trace id", "00-7D1E4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-01"},
        {"upper case in the span id", "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-A1b2c3d4e5f60718-01"},
        {"upper case in the flags", "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-0A"},
        {"upper case in the version", "CC-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-01"},
        {"a trace id of zeros", "00-00000000000000000000000000000000-a1b2c3d4e5f60718-01"},
        {"a span id of zeros", "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-0000000000000000-01"},
        {"a short trace id", "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4-a1b2c3d4e5f60718-01"},
        {"a long trace id", "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a0-a1b2c3d4e5f60718-01"},
        {"a short span id", "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f6071-01"},
        {"a long span id", "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f607180-01"},
        {"no hex in the trace id", "00-.d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-01"},
        {"no hex in the flags", "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-.1"},
        {"flags of one digit", "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-1"},
        {"no flags", "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718"},
        {"other separators", "00_7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a_a1b2c3d4e5f60718_01"},
        {"another separator first", "00_7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-01"},
        {"another separator between", "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a_a1b2c3d4e5f60718-01"},
        {"another separator last", "00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718_01"},
        {"sentry-trace in its place", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-1"},
    };
    check_bad(parse_traceparent, rows);
  }

  TEST_CASE("what is written reads back; a deferred decision becomes a no") {  // P4.9, C098
    const TraceHeader kept{base::new_trace_id(), base::new_span_id(), true};
    CHECK(parse_traceparent(to_traceparent(kept)) == kept);
    TraceHeader deferred{base::new_trace_id(), base::new_span_id(), {}};
    CHECK(to_traceparent(deferred).ends_with("-00"));
    deferred.sampled = false;
    CHECK(parse_traceparent(to_traceparent(deferred)) == deferred);
  }
}

TEST_SUITE("tracing/trace_header cost") {
  TEST_CASE("reading allocates nothing, writing allocates the text") {
    std::optional<TraceHeader> ours;
    std::optional<TraceHeader> theirs;
    CHECK(count_allocations([&] {
            ours = parse_sentry_trace(" 7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-1 ");
            theirs = parse_traceparent("00-7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-01");
            static_cast<void>(parse_sentry_trace("garbage that is longer than a small string"));
          }) == 0);
    REQUIRE(ours.has_value());
    CHECK(ours == theirs);
    std::string text;
    CHECK(count_allocations([&] { text = to_sentry_trace(*ours); }) == 1);
    CHECK(count_allocations([&] { text = to_traceparent(*ours); }) == 1);
  }
}

}  // namespace
}  // namespace picket::tracing
