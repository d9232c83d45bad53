#include "picket/privacy.hpp"

#include <doctest/doctest.h>

namespace picket {
namespace {

TEST_SUITE("privacy/sanitize") {
  TEST_CASE("password and token are taken out of a copy, not masked") {  // S14.2, A21
    const Object source{{"user", "bob"}, {"password", "x"}, {"token", "y"}};
    const Object before = source;
    CHECK(sanitize(source) == Object{{"user", "bob"}});
    CHECK(source == before);
    CHECK(sanitize(Object{{"user", "bob"}}) == Object{{"user", "bob"}});
    CHECK(sanitize(Object{}).empty());
  }

  TEST_CASE("they are found at any depth and in any letter case") {  // S14.2
    const Object source{{"Password", 1},
                        {"list", List{Value(Object{{"TOKEN", "a"}, {"id", 1}}), Value("token")}},
                        {"deep", Object{{"er", Object{{"token", "b"}}}}}};
    const Object expected{{"list", List{Value(Object{{"id", 1}}), Value("token")}},
                          {"deep", Object{{"er", Object{}}}}};
    CHECK(sanitize(source) == expected);
  }

  TEST_CASE("the narrow behaviour: exact names at the top") {  // S14.2
    const Object source{{"Token", 1}, {"token", 2}, {"in", Object{{"token", 3}}}};
    const Object expected{{"Token", 1}, {"in", Object{{"token", 3}}}};
    CHECK(sanitize(source, {.ignore_case = false, .recursive = false}) == expected);
  }

  TEST_CASE("the names can be chosen") {  // S14.2
    const Object source{{"pin", 1}, {"token", 2}};
    CHECK(sanitize(source, {.keys = {"pin"}}) == Object{{"token", 2}});
  }
}

}  // namespace
}  // namespace picket
