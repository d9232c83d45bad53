#include "picket/event_id.hpp"

#include <doctest/doctest.h>

#include <string_view>

namespace picket {
namespace {

constexpr std::string_view kPlain = "0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2b";

TEST_SUITE("base/event_id") {
  TEST_CASE("the plain and the dashed form are the same id") {  // P0.1
    for (const std::string_view text :
         {kPlain, std::string_view("0b3fd1a9-c5e7-4d2f-8a6b-7c8d9e0f1a2b"),
          std::string_view("0B3FD1A9C5E74D2F8A6B7C8D9E0F1A2B"),
          std::string_view("0B3FD1A9-C5E7-4d2f-8a6b-7C8D9E0F1A2B")}) {
      CAPTURE(text);
      const auto id = EventId::parse(text);
      REQUIRE(id);
      CHECK(id->to_string() == kPlain);
      CHECK(*id == *EventId::parse(kPlain));
    }
  }

  TEST_CASE("anything else is no id") {  // P0.1
    for (const std::string_view text :
         {"", "0b3f", "0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2", "0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2bc",
          "0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2g", "0b3fd1a9c5e7-4d2f-8a6b-7c8d-9e0f1a2b",
          "0b3fd1a9-c5e7-4d2f-8a6b-7c8d9e0f1a-b", "0b3fd1a9-c5e7-4d2f-8a6b07c8d9e0f1a2b",
          "{0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2b}", " 0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2"}) {
      CAPTURE(text);
      CHECK_FALSE(EventId::parse(text));
    }
  }

  TEST_CASE("the nil id is false and all zeros") {
    const EventId nil;
    CHECK(nil.is_nil());
    CHECK_FALSE(nil);
    CHECK(nil.to_string() == "00000000000000000000000000000000");
    CHECK(EventId::parse("00000000-0000-0000-0000-000000000000") == nil);
    CHECK(*EventId::parse(kPlain));
  }
}

}  // namespace
}  // namespace picket
