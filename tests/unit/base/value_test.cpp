#include "picket/value.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace picket {
namespace {

constexpr std::int64_t kMinInt = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMaxInt = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kMaxUint = std::numeric_limits<std::uint64_t>::max();

std::vector<std::string_view> keys_of(const Object& object) {
  std::vector<std::string_view> keys;
  for (const Member& member : object) keys.push_back(member.key);
  return keys;
}

TEST_SUITE("base/value") {
  TEST_CASE("each C++ type becomes the kind one expects") {
    CHECK(Value().is_null());
    CHECK(Value(nullptr).is_null());
    CHECK(*Value(true).as_bool());
    CHECK(*Value(short{-3}).as_int() == -3);
    CHECK(*Value(3).as_int() == 3);
    CHECK(*Value(3U).as_uint() == 3);
    CHECK(*Value(std::size_t{3}).as_uint() == 3);
    CHECK(*Value(1.5F).as_double() == 1.5);
    CHECK(*Value("text").as_text() == "text");  // not a bool
    CHECK(*Value(std::string("text")).as_text() == "text");
    CHECK(*Value(std::string_view("text")).as_text() == "text");
    CHECK(Value(static_cast<const char*>(nullptr)).is_null());
    CHECK(Value(List{1, "a"}).as_list()->size() == 2);
    CHECK(Value(Object{{"a", 1}}).as_object()->size() == 1);
    CHECK_FALSE(std::is_constructible_v<Value, const int*>);
  }

  TEST_CASE("asking for another kind yields nothing") {
    const Value value("3");
    CHECK(value.as_bool() == nullptr);
    CHECK(value.as_int() == nullptr);
    CHECK(value.as_uint() == nullptr);
    CHECK(value.as_double() == nullptr);
    CHECK(value.as_list() == nullptr);
    CHECK(value.as_object() == nullptr);
    CHECK(value.number_or(-1) == -1.0);
    CHECK(value.text_or("none") == "3");
    CHECK(Value(3).text_or("none") == "none");
  }

  TEST_CASE("every number can be had as a double") {
    CHECK(Value(-2).number_or(0) == -2.0);
    CHECK(Value(2U).number_or(0) == 2.0);
    CHECK(Value(2.5).number_or(0) == 2.5);
    CHECK(Value(2.5).is_number());
    CHECK_FALSE(Value(true).is_number());
    CHECK(Value(true).number_or(7) == 7.0);
  }

  TEST_CASE("numbers are equal when their values are") {
    CHECK(Value(1) == Value(1U));
    CHECK(Value(1) == Value(1.0));
    CHECK(Value(1U) == Value(1.0));
    CHECK(Value(0) == Value(-0.0));
    CHECK(Value(kMinInt) == Value(-0x1p63));
    CHECK(Value(std::uint64_t{1} << 63U) == Value(0x1p63));
  }

  TEST_CASE("numbers that only look alike are not equal") {
    CHECK_FALSE(Value(-1) == Value(kMaxUint));
    CHECK_FALSE(Value(kMaxInt) == Value(0x1p63));  // rounding would make them equal
    CHECK_FALSE(Value(kMaxUint) == Value(0x1p64));
    CHECK_FALSE(Value(9007199254740993) == Value(9007199254740992.0));
    CHECK_FALSE(Value(1) == Value(1.5));
    CHECK_FALSE(Value(0) == Value(-0.5));
    CHECK_FALSE(Value(0U) == Value(-1.0));
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_FALSE(Value(nan) == Value(nan));
    CHECK_FALSE(Value(0) == Value(nan));
    CHECK_FALSE(Value(kMaxInt) == Value(std::numeric_limits<double>::infinity()));
  }

  TEST_CASE("kinds other than numbers are equal only to themselves") {
    CHECK(Value("a") == Value("a"));
    CHECK_FALSE(Value("1") == Value(1));
    CHECK_FALSE(Value(true) == Value(1));
    CHECK_FALSE(Value(nullptr) == Value(0));
    CHECK(Value(List{1, 2}) == Value(List{1.0, 2U}));
    CHECK_FALSE(Value(List{1, 2}) == Value(List{2, 1}));
  }

  TEST_CASE("a path leads down members and indexes") {
    const Value event = Object{
        {"exception", Object{{"values", List{Object{{"type", "A"}}, Object{{"type", "B"}}}}}}};
    CHECK(event.at("exception.values.1.type") == Value("B"));
    CHECK(event.at("exception.values").as_list()->size() == 2);
    CHECK(&event.at("") == &event);
    for (const std::string_view path :
         {"exception.values.2.type", "exception.values.-1", "exception.values.x",
          "exception.values.", "exception.values.1x", "exception.values.99999999999999999999",
          "nothing", "exception.values.0.type.0", ".", "exception..values"}) {
      CAPTURE(path);
      CHECK(event.at(path).is_null());
    }
  }

  TEST_CASE("a key with dots in it is found on a path") {
    const Value log = Object{{"sentry.release", Object{{"value", "shop@1"}}},
                             {"sentry", Object{{"sdk", "picket"}}}};
    CHECK(log.at("sentry.release.value") == Value("shop@1"));
    CHECK(log.at("sentry.sdk") == Value("picket"));
  }

  TEST_CASE("setting a present member replaces it in its place") {
    Object object{{"a", 1}, {"b", 2}};
    object.set("a", "new").set("c", 3);
    CHECK(keys_of(object) == std::vector<std::string_view>{"a", "b", "c"});
    CHECK(*object.find("a") == Value("new"));
    CHECK(object.contains("c"));
    CHECK_FALSE(object.contains("d"));
  }

  TEST_CASE("an erased member is gone, once") {
    Object object{{"a", 1}, {"b", 2}, {"c", 3}};
    CHECK(object.erase("b"));
    CHECK_FALSE(object.erase("b"));
    CHECK(keys_of(object) == std::vector<std::string_view>{"a", "c"});
    object.clear();
    CHECK(object.empty());
  }

  TEST_CASE("of equal keys in a list of few or many the last value wins, at the first place") {
    const Object few{{"a", 1}, {"b", 2}, {"a", 3}, {"a", 4}};
    CHECK(keys_of(few) == std::vector<std::string_view>{"a", "b"});
    CHECK(*few.find("a") == Value(4));

    std::vector<Member> members;
    for (int i = 0; i < 100; ++i) members.push_back({"key" + std::to_string(i % 40), i});
    const Object many = Object::from_members(std::move(members));
    REQUIRE(many.size() == 40);
    for (int i = 0; i < 40; ++i) {
      CHECK((many.begin() + i)->key == "key" + std::to_string(i));
      CHECK((many.begin() + i)->value == Value(i < 20 ? i + 80 : i + 40));
    }
  }

  TEST_CASE("objects are equal whatever the order of their members") {
    CHECK(Object{{"a", 1}, {"b", 2}} == Object{{"b", 2.0}, {"a", 1U}});
    CHECK_FALSE(Object{{"a", 1}, {"b", 2}} == Object{{"a", 1}});
    CHECK_FALSE(Object{{"a", 1}, {"b", 2}} == Object{{"a", 1}, {"c", 2}});
    CHECK_FALSE(Object{{"a", 1}} == Object{{"a", 2}});
  }

  TEST_CASE("a copy is a value of its own") {
    Value original = Object{{"list", List{1}}};
    const Value copy = original;
    original.as_object()->find("list")->as_list()->push_back(2);
    CHECK(copy.at("list").as_list()->size() == 1);
    const Value moved = std::move(original);
    CHECK(moved.at("list").as_list()->size() == 2);
  }
}

TEST_SUITE("base/value_ref") {
  TEST_CASE("an owning copy has the kind of what is referred to") {
    const std::string text = "text";
    const List list{1};
    const Object object{{"a", 1}};
    const Value value(2.5);
    CHECK(ValueRef().to_value().is_null());
    CHECK(ValueRef(static_cast<const char*>(nullptr)).to_value().is_null());
    CHECK(*ValueRef(true).to_value().as_bool());
    CHECK(*ValueRef(-1).to_value().as_int() == -1);
    CHECK(*ValueRef(kMaxUint).to_value().as_uint() == kMaxUint);
    CHECK(*ValueRef(0.5).to_value().as_double() == 0.5);
    CHECK(*ValueRef("literal").to_value().as_text() == "literal");
    CHECK(*ValueRef(text).to_value().as_text() == text);
    CHECK(*ValueRef(list).to_value().as_list() == list);
    CHECK(*ValueRef(object).to_value().as_object() == object);
    CHECK(ValueRef(value).to_value() == value);
  }
}

Object copied(Attributes attributes) { return attributes.to_object(); }

TEST_SUITE("base/attributes") {
  TEST_CASE("a braced list can be walked and copied") {
    CHECK(copied({{"amount", 12}, {"currency", "EUR"}}) ==
          Object{{"amount", 12}, {"currency", "EUR"}});
    CHECK(copied({}).empty());
    CHECK(*copied({{"a", 1}, {"b", 2}, {"a", 3}}).find("a") == Value(3));
  }

  TEST_CASE("an object is seen through without a copy") {
    const Object object{{"a", "text"}, {"b", List{1}}};
    const Attributes view(object);
    REQUIRE(view.size() == 2);
    CHECK_FALSE(view.empty());
    CHECK(view[1].key == "b");
    CHECK(std::get<const Value*>(view[1].value.storage()) == object.find("b"));
    CHECK(view.to_object() == object);
  }
}

}  // namespace
}  // namespace picket
