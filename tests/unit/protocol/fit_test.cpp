#include "protocol/fit.hpp"

#include "json/writer.hpp"
#include "picket/json.hpp"

#include <doctest/doctest.h>

namespace picket::protocol {
namespace {

std::size_t bytes_of(const Value& value) {
  std::string json;
  json::Writer(json).value(value);
  return json.size();
}

TEST_SUITE("protocol/fit") {
  TEST_CASE("what fits is not changed") {
    const Object facts{{"name", "pool"}, {"sizes", List{1, 2, 3}}};
    Object same = facts;
    fit(same, bytes_of(facts));
    CHECK(same == facts);
  }

  TEST_CASE("the deepest parts go first, the top stays") {  // S5.6
    Object facts{
        {"name", "pool"},
        {"detail", Object{{"note", "kept"}, {"inner", Object{{"dump", std::string(400, 'x')}}}}}};
    fit(facts, 200);
    CHECK(bytes_of(facts) <= 200);
    CHECK(facts.find("name")->text_or("") == "pool");
    CHECK(facts.find("detail")->at("note").text_or("") == "kept");
    const std::string_view dump = facts.find("detail")->at("inner.dump").text_or("");
    CHECK(dump.size() > 16);
    CHECK(dump.ends_with("x..."));
  }

  TEST_CASE("within one level the last members go first") {
    Object facts;
    for (int i = 0; i < 20; ++i) facts.set("key" + std::to_string(i), i);
    fit(facts, 60);
    CHECK(bytes_of(facts) <= 60);
    CHECK(facts.contains("key0"));
    CHECK_FALSE(facts.contains("key19"));
  }

  TEST_CASE("a list loses its end") {
    Value list{List(50, Value("0123456789"))};
    fit(list, 100);
    CHECK(bytes_of(list) <= 100);
    CHECK(list.as_list()->size() >= 6);
    CHECK(list.at("0").text_or("") == "0123456789");
  }

  TEST_CASE("a text alone is cut on a character boundary") {
    std::string euros;
    for (int i = 0; i < 100; ++i) euros += "\xE2\x82\xAC";
    Value text(euros);
    fit(text, 50);
    CHECK(bytes_of(text) <= 50);
    CHECK(text.text_or("").ends_with("\xE2\x82\xAC..."));
  }

  TEST_CASE("data of every awkward shape fits in the end") {
    Value deep("core");
    for (int i = 0; i < 40; ++i) deep = Object{{"level", std::move(deep)}};
    Object broad;
    for (int i = 0; i < 300; ++i) broad.set(std::to_string(i), std::string(100, 'b'));
    const struct {
      const char* name;
      Value value;
    } rows[] = {
        {"deep", deep},
        {"broad", broad},
        {"control characters", std::string(5000, '\x01')},
        {"invalid UTF-8", std::string(5000, '\xFF')},
        {"quotes in an object", Object{{"q", std::string(5000, '"')}}},
        {"a long key", Object{{std::string(5000, 'k'), 1}}},
        {"lists in lists", List(90, List(90, 1.5))},
    };
    for (const auto& row : rows) {
      CAPTURE(row.name);
      for (const std::size_t limit : {64U, 500U, 3000U}) {
        Value value = row.value;
        fit(value, limit);
        CHECK(bytes_of(value) <= limit);
      }
    }
  }

  TEST_CASE("whole members are removed from the end") {  // P3.1
    Object extra;
    for (int i = 0; i < 10; ++i) extra.set(std::to_string(i), std::string(100, 'e'));
    fit_members(extra, 350);
    CHECK(extra.size() == 3);
    CHECK(extra.contains("0"));
    CHECK(bytes_of(extra) <= 350);
  }
}

}  // namespace
}  // namespace picket::protocol
