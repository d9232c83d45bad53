#include "transport/http_date.hpp"

#include <doctest/doctest.h>

namespace picket::transport {
namespace {

TEST_SUITE("transport/http_date") {
  TEST_CASE("all three forms of HTTP mean the same moment") {
    constexpr WallTime kMoment{std::chrono::seconds(784'111'777)};
    for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                             "Sun Nov  6 08:49:37 1994"}) {
      CAPTURE(text);
      CHECK(parse_http_date(text) == kMoment);
    }
  }

  TEST_CASE("what is not a date is nothing") {
    for (const char* text :
         {"", "soon", "Sun, 06 Nov 1994", "Sun, 31 Feb 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 08:49:37 GMT 7", "Sun, 99999999999 Nov 1994 08:49:37 GMT",
          "Sun, 06 Nov 99999 08:49:37 GMT"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_http_date(text));
    }
  }
}

}  // namespace
}  // namespace picket::transport
