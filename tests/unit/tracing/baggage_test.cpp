#include "tracing/baggage.hpp"

#include "base/ids.hpp"
#include "support/allocations.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket::tracing {
namespace {

using tests::count_allocations;
using Members = std::vector<std::pair<std::string, std::string>>;

std::string encoded(std::string_view text) {
  std::string out;
  append_encoded(out, text);
  return out;
}

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(base::random_u64() & 0xFFU);
  return bytes;
}

std::size_t count_members(std::string_view header) {
  if (header.empty()) return 0;
  return 1 + static_cast<std::size_t>(std::count(header.begin(), header.end(), ','));
}

// `count` members of somebody else, each of `size` bytes.
std::string foreign(std::size_t count, std::size_t size = 3) {
  std::string header;
  for (std::size_t i = 0; i < count; ++i) {
    header.append(i == 0 ? "f=" : ",f=").append(size - 2, 'x');
  }
  return header;
}

std::string keys_of(const Members& members) {
  std::string keys;
  for (const auto& [key, value] : members) keys.append(keys.empty() ? "" : " ").append(key);
  return keys;
}

// In another order than that in which they are given up.
const Members kAll{{"transaction", "t"}, {"trace_id", "i"},    {"release", "r"},
                   {"public_key", "k"},  {"sample_rate", "1"}, {"environment", "e"},
                   {"sample_rand", "0"}, {"sampled", "true"},  {"org_id", "1"}};

TEST_SUITE("tracing/baggage reading") {
  TEST_CASE("members of a header") {  // P4.9
    struct Row {
      const char* name;
      std::string_view header;
      Members members;
    };
    const Row rows[] = {
        {"nothing", "", {}},
        {"one", "sentry-a=1", {{"a", "1"}}},
        {"two in order", "sentry-b=1,sentry-a=2", {{"b", "1"}, {"a", "2"}}},
        {"blanks around all", " sentry-a \t=  1 , sentry-b=2\t", {{"a", "1"}, {"b", "2"}}},
        {"others between", "x=1,sentry-a=1,y=2", {{"a", "1"}}},
        {"percent signs decoded", "sentry-a=shop%401.4.0%2B77", {{"a", "shop@1.4.0+77"}}},
        {"hex in both cases", "sentry-a=%c3%A4", {{"a", "\xC3\xA4"}}},
        {"a plus is a plus", "sentry-a=1+2", {{"a", "1+2"}}},
        {"a value with an equals sign", "sentry-a=b=c", {{"a", "b=c"}}},
        {"an encoded comma", "sentry-a=1%2C2", {{"a", "1,2"}}},
        {"bytes that are no UTF-8", "sentry-a=%FF%00", {{"a", std::string("\xFF\0", 2)}}},
        {"properties", "sentry-a=1;p=2;q", {{"a", "1"}}},
        {"properties behind blanks", "sentry-a=1 ; p", {{"a", "1"}}},
        {"equal keys: the last value at the first place",
         "sentry-a=1,sentry-b=2,sentry-a=3",
         {{"a", "3"}, {"b", "2"}}},
        {"a key with dashes", "sentry-a-b=1", {{"a-b", "1"}}},
        {"a key is not decoded", "sentry-%61=1", {{"%61", "1"}}},
        {"a prefix in upper case is another's", "Sentry-a=1", {}},
        {"a prefix in the middle", "x-sentry-a=1", {}},
        {"no key behind the prefix", "sentry-=1", {}},
        {"no equals sign", "sentry-a", {}},
        {"no value", "sentry-a=,sentry-b= ", {}},
        {"properties alone", "sentry-a=;p=1", {}},
        {"a blank in the key", "sentry-a b=1", {}},
        {"a bracket in the key", "sentry-(a)=1", {}},
        {"a percent sign alone", "sentry-a=100%", {}},
        {"a percent sign and one digit", "sentry-a=%4", {}},
        {"a percent sign and no hex", "sentry-a=%4x,sentry-b=%x4", {}},
        {"a line end", "sentry-a=1\r\nX: 2", {}},
        {"commas alone", ",,, ,", {}},
        {"malformed ones between", "sentry-a=1,,=,sentry-b,;,sentry-c=3", {{"a", "1"}, {"c", "3"}}},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      CHECK(parse_sentry_members(row.header) == row.members);
    }
  }

  TEST_CASE("of a header beyond its limits the first members are taken") {
    std::string many;
    for (int i = 0; i < 100; ++i) many.append("sentry-k" + std::to_string(i) + "=v,");
    const Members taken = parse_sentry_members(many);
    REQUIRE(taken.size() == kMaxBaggageMembers);
    CHECK(taken.back().first == "k63");

    const std::string large = "sentry-a=" + std::string(kMaxBaggageMemberBytes - 9, 'x');
    const std::string larger = "sentry-b=" + std::string(kMaxBaggageMemberBytes - 8, 'x');
    CHECK(keys_of(parse_sentry_members(large + "," + larger)) == "a");

    const std::string half = std::string(4000, 'x');
    const std::string header =
        "sentry-a=" + half + ",sentry-b=" + half + ",sentry-c=" + half + ",sentry-d=1";
    CHECK(keys_of(parse_sentry_members(header)) == "a b d");
  }

  TEST_CASE("a member that is repeated counts each time, so that replacing makes nothing large") {
    std::string header;
    for (int i = 0; i < 60; ++i) header.append("sentry-k" + std::to_string(i) + "=v,");
    for (int i = 0; i < 60; ++i) {
      header.append("sentry-k" + std::to_string(i) + "=" + std::string(4000, 'x') + ",");
    }
    std::size_t bytes = 0;
    for (const auto& [key, value] : parse_sentry_members(header)) bytes += value.size();
    CHECK(bytes <= kMaxBaggageBytes);
  }

  TEST_CASE("members of others stay as they stand") {  // P4.9, C096
    struct Row {
      const char* name;
      std::string_view header;
      std::string_view kept;
    };
    const Row rows[] = {
        {"nothing", "", ""},
        {"ours alone", "sentry-a=1", ""},
        {"theirs alone", "a=1;p=q,b=%7B", "a=1;p=q,b=%7B"},
        {"mixed", "a=1, sentry-b=2 ,c=3", "a=1,c=3"},
        {"blanks inside", " a = 1 ; p ", "a = 1 ; p"},
        {"a value of nothing", "a=", "a="},
        {"a value that is not encoded well", "a=100%,b=\"x y\"", "a=100%,b=\"x y\""},
        {"equal keys", "a=1,a=2", "a=1,a=2"},
        {"malformed ones", "a=1,b,=2,c d=3,", "a=1"},
        {"a line end", "a=1\r\nX: 2,b=3", "b=3"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      CHECK(foreign_members(row.header) == row.kept);
    }
  }
}

TEST_SUITE("tracing/baggage writing") {
  TEST_CASE("everything but the unreserved characters is encoded") {  // P4.9, C095
    constexpr std::string_view kUnreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
    for (int c = 0; c < 256; ++c) {
      const std::string text(1, static_cast<char>(c));
      char hex[4];
      std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned>(c));
      const bool is_plain = kUnreserved.find(text) != std::string_view::npos;
      CHECK(encoded(text) == (is_plain ? text : hex));
    }
    CHECK(encoded("GET /cart/{id}") == "GET%20%2Fcart%2F%7Bid%7D");
    CHECK(encoded("\xF0\x9F\x8D\x95") == "%F0%9F%8D%95");
  }

  TEST_CASE("the example of the documents") {  // P4.9
    CHECK(to_baggage({{"trace_id", "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a"},
                      {"sample_rate", "0.25"},
                      {"release", "shop@1.4.0+77"},
                      {"transaction", "GET /cart/{id}"}}) ==
          "sentry-trace_id=7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a,sentry-sample_rate=0.25,"
          "sentry-release=shop%401.4.0%2B77,sentry-transaction=GET%20%2Fcart%2F%7Bid%7D");
  }

  TEST_CASE("any bytes read back as they were") {  // C095
    for (int i = 0; i < 1000; ++i) {
      const Members members{{"a", random_bytes(1 + base::random_u64() % 200)},
                            {"b-" + std::to_string(i), "x"},
                            {"c", random_bytes(1)}};
      REQUIRE(parse_sentry_members(to_baggage(members)) == members);
    }
  }

  TEST_CASE("any text reads back as it was") {  // C095
    const std::string_view texts[] = {
        "ascii",
        " ",
        ",",
        ";",
        "=",
        "%",
        "%41",
        "+",
        "\"",
        "\\",
        "a b,c;d=e%f",
        "\xC3\xA4\xC3\xB6\xC3\xBC",
        "\xE2\x82\xAC",
        "\xF0\x9F\x8D\x95",
        "\xEF\xBB\xBF",
        "\xF4\x8F\xBF\xBF",
        "\r\n",
        "\x7F",
    };
    for (const std::string_view text : texts) {
      const Members members{{"a", std::string(text)}};
      CHECK(parse_sentry_members(to_baggage(members)) == members);
    }
  }

  TEST_CASE("what no header can say is left out") {
    CHECK(to_baggage({{"", "1"}, {"a b", "1"}, {"a=b", "1"}, {"a,b", "1"}, {"\xC3\xA4", "1"}})
              .empty());
    CHECK(to_baggage({{"a", ""}, {"b", "1"}}) == "sentry-b=1");
    CHECK(to_baggage({}).empty());
  }

  TEST_CASE("members of others stand before ours; ours of before are replaced") {  // C096
    CHECK(to_baggage({{"a", "1"}}, "x=1;p, sentry-a=0,sentry-b=2,y=2") == "x=1;p,y=2,sentry-a=1");
    CHECK(to_baggage({}, "x=1,sentry-a=0") == "x=1");
    CHECK(to_baggage({}, "sentry-a=0").empty());
  }

  TEST_CASE("one allocation makes the text") {
    const std::string existing = "a=1,sentry-b=2,c=3";
    std::string header;
    CHECK(count_allocations([&] { header = to_baggage(kAll, existing); }) == 1);
    CHECK(header.capacity() == header.size());
  }
}

TEST_SUITE("tracing/baggage limits") {
  TEST_CASE("what leaves first when members are short of room") {  // P4.9, C097
    struct Row {
      std::size_t free;
      std::string_view keys;
    };
    const Row rows[] = {
        {10,
         "transaction trace_id release public_key sample_rate environment sample_rand sampled "
         "org_id"},
        {9,
         "transaction trace_id release public_key sample_rate environment sample_rand sampled "
         "org_id"},
        {8, "trace_id release public_key sample_rate environment sample_rand sampled org_id"},
        {7, "trace_id release public_key sample_rate environment sample_rand sampled"},
        {6, "trace_id release public_key sample_rate sample_rand sampled"},
        {5, "trace_id public_key sample_rate sample_rand sampled"},
        {4, "trace_id public_key sample_rate sample_rand"},
        {3, "trace_id public_key sample_rate"},
        {2, "trace_id public_key"},
        {1, "trace_id"},
        {0, ""},
    };
    for (const Row& row : rows) {
      CAPTURE(row.free);
      const std::string existing = foreign(kMaxBaggageMembers - row.free);
      const std::string header = to_baggage(kAll, existing);
      CHECK(header.starts_with(existing));
      CHECK(count_members(header) <= kMaxBaggageMembers);
      CHECK(keys_of(parse_sentry_members(header)) == row.keys);
    }
  }

  TEST_CASE("the last byte counts, for each member that has to leave") {  // C097
    const std::string ours = to_baggage(kAll);
    const std::string filler = "f=" + std::string(4000, 'x');
    // With its comma this makes the header exactly as long as it may be.
    const std::size_t rest = kMaxBaggageBytes - ours.size() - 1 - filler.size() - 1;
    CHECK(to_baggage(kAll, filler + ",g=" + std::string(rest - 2, 'x')).size() == kMaxBaggageBytes);
    const std::string header = to_baggage(kAll, filler + ",g=" + std::string(rest - 1, 'x'));
    CHECK(header.size() < kMaxBaggageBytes);
    CHECK(keys_of(parse_sentry_members(header)) ==
          "trace_id release public_key sample_rate environment sample_rand sampled org_id");
  }

  TEST_CASE("a long name gives way to what is needed") {  // P4.9
    const Members members{{"transaction", std::string(4065, 't')},
                          {"trace_id", "i"},
                          {"release", std::string(4065, 'r')},
                          {"environment", std::string(4065, 'e')},
                          {"x", "y"}};
    CHECK(keys_of(parse_sentry_members(to_baggage(members))) == "trace_id release environment");
    CHECK(keys_of(parse_sentry_members(to_baggage(members, foreign(1, 4000)))) ==
          "trace_id release");
  }

  TEST_CASE("a short name does not stay when something that is worth more has left") {
    const Members members{{"transaction", "t"},
                          {"trace_id", "i"},
                          {"release", std::string(4050, 'r')},
                          {"environment", std::string(4050, 'e')}};
    CHECK(keys_of(parse_sentry_members(to_baggage(members))) ==
          "transaction trace_id release environment");
    CHECK(keys_of(parse_sentry_members(to_baggage(members, foreign(1, 100)))) ==
          "trace_id release");
  }

  TEST_CASE("a member beyond 4096 bytes is left out alone") {  // P4.9
    const std::size_t room = kMaxBaggageMemberBytes - std::string_view("sentry-a=").size();
    CHECK(keys_of(parse_sentry_members(to_baggage(
              {{"a", std::string(room, 'x')}, {"b", std::string(room + 1, 'x')}, {"c", "1"}}))) ==
          "a c");
    CHECK(to_baggage({{"a", std::string(room / 3 + 1, ' ')}, {"b", "1"}}) == "sentry-b=1");
    CHECK(to_baggage({{"a", "1"}}, foreign(1, 4096)).size() == 4096 + 11);
    CHECK(to_baggage({{"a", "1"}}, foreign(1, 4097)) == "sentry-a=1");
  }

  TEST_CASE("members of others that are too many or too long in sum leave from the end") {
    CHECK(to_baggage(kAll, foreign(200)) == foreign(kMaxBaggageMembers));
    CHECK(to_baggage(kAll, foreign(3, 4000)).starts_with(foreign(2, 4000) + ",sentry-"));
  }

  TEST_CASE("no header is ever beyond its limits") {  // C097
    for (int i = 0; i < 300; ++i) {
      Members members;
      for (std::uint64_t count = base::random_u64() % 80; count > 0; --count) {
        members.emplace_back("k" + std::to_string(count),
                             random_bytes(base::random_u64() % (count % 7 == 0 ? 2000 : 40)));
      }
      const std::string existing = foreign(base::random_u64() % 70, 3 + base::random_u64() % 200);
      const std::string header = to_baggage(members, existing);
      CHECK(header.size() <= kMaxBaggageBytes);
      CHECK(count_members(header) <= kMaxBaggageMembers);
    }
  }
}

}  // namespace
}  // namespace picket::tracing
