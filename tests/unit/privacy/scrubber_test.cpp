#include "privacy/scrubber.hpp"

#include "picket/json.hpp"
#include "support/allocations.hpp"

#include <doctest/doctest.h>

#include <string>

namespace picket::privacy {
namespace {

Object parsed(std::string_view json) { return *parse_json(json)->as_object(); }

TEST_SUITE("privacy/scrubber") {
  TEST_CASE("what lies under a sensitive name is filtered, whatever it is") {  // S14.3, A21
    const Scrubber scrubber;
    Object object = parsed(
        R"({"password":"x","api_key":12,"auth":{"user":"u"},"tokens":[1],"secret":null,"n":true})");
    CHECK(scrubber.scrub(object));
    CHECK(object == parsed(R"({"password":"[Filtered]","api_key":"[Filtered]","auth":"[Filtered]",
                               "tokens":"[Filtered]","secret":null,"n":true})"));
    CHECK_FALSE(scrubber.scrub(object));
  }

  TEST_CASE("lists of objects are entered, and texts everywhere are read") {  // T14, S14.3
    const Scrubber scrubber;
    Object object = parsed(R"({"a":[{"b":[[{"Token":"x","url":"redis://:pw@h"}]]},"Bearer a.b"]})");
    CHECK(scrubber.scrub(object));
    CHECK(object == parsed(R"({"a":[{"b":[[{"Token":"[Filtered]","url":"redis://:[Filtered]@h"}]]},
                          "Bearer [Filtered]"]})"));
  }

  TEST_CASE("texts are left alone when the host says so, and all of it when it says that") {
    Object object = parsed(R"({"token":"x","url":"redis://:pw@h"})");
    const Object before = object;
    CHECK_FALSE(Scrubber({.enabled = false}).scrub(object));  // S14.3
    CHECK(object == before);
    CHECK(Scrubber({.texts = false}).scrub(object));
    CHECK(object == parsed(R"({"token":"[Filtered]","url":"redis://:pw@h"})"));
  }

  TEST_CASE("what nests deeper than anything is written is filtered as a whole") {  // S14.3
    Value value("Bearer abc");
    for (int depth = 0; depth < 2000; ++depth) {
      List list;
      list.push_back(std::move(value));
      value = Value(std::move(list));
    }
    CHECK(Scrubber().scrub(value));
    const Value* inner = &value;
    while (inner->as_list() != nullptr) inner = &inner->as_list()->front();
    CHECK(*inner == Value(kFiltered));
  }

  TEST_CASE("an object without secrets is neither copied nor changed") {  // S14.3
    const Scrubber scrubber;
    Object object = parsed(R"({"name":"a name that is not short any more","list":[1,{"id":"x=1"}],
                               "version":"1.2.3","url":"https://example.org:443/a?b=c"})");
    CHECK(tests::count_allocations([&] { scrubber.scrub(object); }) == 0);
  }
}

}  // namespace
}  // namespace picket::privacy
