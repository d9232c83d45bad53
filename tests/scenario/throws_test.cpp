// What a program that links `picket::throw_traces` tells of its exceptions: where they were thrown.

#include "picket/json.hpp"
#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <future>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace shop {

// What follows a call keeps the compiler from turning it into a jump, which leaves no frame.
constexpr int kLineBefore = __LINE__;
[[gnu::noinline]] int price_of(const std::map<int, int>& prices, int article) {
  const int price = prices.at(article);
  asm volatile("");
  return price;
}
[[gnu::noinline]] int add_position(int article) {
  const int price = price_of({{1, 100}}, article);
  asm volatile("");
  return price;
}
[[gnu::noinline]] int fill_basket(int article) {
  const int price = add_position(article);
  asm volatile("");
  return price;
}
[[gnu::noinline]] int order(int article) {
  const int price = fill_basket(article);
  asm volatile("");
  return price;
}
[[gnu::noinline]] int serve(int article) {
  const int price = order(article);
  asm volatile("");
  return price;
}
[[gnu::noinline]] void pay(int article) {
  try {
    serve(article);
  } catch (...) {
    std::throw_with_nested(std::runtime_error("not paid"));
  }
}

}  // namespace shop

namespace picket {
namespace {

const Value& at(const Value& value, std::string_view key) {
  static const Value none;
  const Value* const found = value.as_object() != nullptr ? value.as_object()->find(key) : nullptr;
  return found != nullptr ? *found : none;
}

/// Functions of an exception's frames, newest first.
std::vector<std::string> functions(const Value& exception) {
  std::vector<std::string> names;
  const List* const frames = at(at(exception, "stacktrace"), "frames").as_list();
  if (frames == nullptr) return names;
  for (auto frame = frames->rbegin(); frame != frames->rend(); ++frame) {
    const std::string* const name = at(*frame, "function").as_text();
    names.push_back(name == nullptr ? std::string() : *name);
  }
  return names;
}

#ifdef PICKET_NAMES_LINES
/// Of the calls on that way, newest first: five functions of five lines, each calls in its second.
std::vector<std::string> lines_of_the_way() {
  std::vector<std::string> lines;
  for (int function = 0; function < 5; ++function) {
    lines.push_back("throws_test.cpp:" + std::to_string(shop::kLineBefore + 2 + 5 * function));
  }
  return lines;
}

/// Files and lines of the frames of `shop`, newest first; of those that are called by others.
std::vector<std::string> lines_in_shop(const Value& exception) {
  std::vector<std::string> lines;
  const List* const frames = at(at(exception, "stacktrace"), "frames").as_list();
  if (frames == nullptr) return lines;
  for (auto frame = frames->rbegin(); frame != frames->rend(); ++frame) {
    const std::string* const name = at(*frame, "function").as_text();
    if (name == nullptr || !name->starts_with("shop::")) continue;
    const std::string* const file = at(*frame, "filename").as_text();
    lines.push_back((file == nullptr ? "" : *file) + ":" + to_json(at(*frame, "lineno")));
  }
  return lines;
}
#endif

const std::vector<std::string> kWay{"shop::price_of", "shop::add_position", "shop::fill_basket",
                                    "shop::order", "shop::serve"};

/// Whether the way to the throw stands in the frames, below those of the standard library.
bool shows_the_way(const std::vector<std::string>& functions) {
  const auto begin = std::search(functions.begin(), functions.end(), kWay.begin(), kWay.end(),
                                 [](const std::string& function, const std::string& name) {
                                   return function.starts_with(name);
                                 });
  return begin != functions.end() && begin - functions.begin() <= 3;
}

const List& exceptions(const testing::CapturedEvent& event) {
  return *at(at(event.json(), "exception"), "values").as_list();
}

TEST_SUITE("scenario/throws") {
  TEST_CASE("an exception that is caught at the top shows the calls down to its throw") {  // P7.9
    const testing::ScopedClient client;
    try {
      shop::serve(7);
    } catch (const std::exception& error) {
      capture_exception(error);
    }
    const auto events = client.captured().errors();
    REQUIRE(events.size() == 1);
    const Value& exception = exceptions(events[0]).back();
    const auto names = functions(exception);
    CAPTURE(names.size());
    CHECK(shows_the_way(names));
#ifdef PICKET_NAMES_LINES
    CHECK(lines_in_shop(exception) == lines_of_the_way());
#endif
    const Value& data = at(at(exception, "mechanism"), "data");
    CHECK(at(data, "stack_of") == Value("throw"));
    CHECK(at(data, "captured_at").as_text()->starts_with("throws_test.cpp:"));
    CHECK(at(at(events[0].json(), "debug_meta"), "images").as_list()->size() > 0);
  }

  TEST_CASE("an exception of another thread shows the stack of that thread") {  // P7.9
    const testing::ScopedClient client;
    std::promise<int> promise;
    std::thread([&promise] {
      try {
        promise.set_value(shop::serve(7));
      } catch (...) {
        promise.set_exception(std::current_exception());
      }
    }).join();
    try {
      promise.get_future().get();
    } catch (...) {
      capture_exception();
    }
    const auto events = client.captured().errors();
    REQUIRE(events.size() == 1);
    CHECK(shows_the_way(functions(exceptions(events[0]).back())));
  }

  TEST_CASE("each exception of a chain shows its own throw") {  // P7.9
    const testing::ScopedClient client;
    try {
      shop::pay(7);
    } catch (...) {
      capture_exception();
    }
    const auto events = client.captured().errors();
    REQUIRE(events.size() == 1);
    REQUIRE(exceptions(events[0]).size() == 2);
    const auto cause = functions(exceptions(events[0])[0]);
    const auto consequence = functions(exceptions(events[0])[1]);
    CHECK(shows_the_way(cause));
    CHECK_FALSE(shows_the_way(consequence));
    REQUIRE_FALSE(consequence.empty());
    CHECK(std::any_of(consequence.begin(), consequence.end(),
                      [](const std::string& name) { return name.starts_with("shop::pay"); }));
  }

  TEST_CASE("an exception that was never thrown shows where it was captured") {  // P7.9
    const testing::ScopedClient client;
    capture_exception(std::make_exception_ptr(std::runtime_error("made")));
    const auto events = client.captured().errors();
    REQUIRE(events.size() == 1);
    const Value& exception = exceptions(events[0]).back();
    CHECK_FALSE(functions(exception).empty());
    CHECK(at(at(at(exception, "mechanism"), "data"), "stack_of") == Value("capture"));
  }
}

}  // namespace
}  // namespace picket
