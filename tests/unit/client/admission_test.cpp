#include "client/admission.hpp"

#include "picket/testing/manual_clock.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <typeinfo>
#include <vector>

namespace shop::db {
struct Timeout : std::runtime_error {
  using std::runtime_error::runtime_error;
};
template <class T>
struct Failure {};
}  // namespace shop::db

namespace picket::client {
namespace {

using namespace std::chrono_literals;
using testing::ManualClock;

TypeKey key(int i) { return type_key("Type" + std::to_string(i)); }

TEST_SUITE("client/admission") {
  TEST_CASE("a class has one key, however it is written") {  // S12.2
    const std::vector<std::string> none;
    TypeBook book(none);
    const TypeKey timeout = book.of(typeid(shop::db::Timeout)).key;
    for (const char* name : {"Timeout", "db::Timeout", "shop::db::Timeout", "shop.db.Timeout",
                             "::Timeout", " Timeout "}) {
      CAPTURE(name);
      CHECK(type_key(name) == timeout);
    }
    CHECK(type_key("timeout") != timeout);
    CHECK(type_key("") != kNoType);
    CHECK(type_key("shop::db::Failure<int>") == book.of(typeid(shop::db::Failure<int>)).key);
    CHECK(type_key("Failure<std::vector<int> >") ==
          type_key("shop::db::Failure<std::vector<int> >"));
  }

  TEST_CASE("whether a class is ignored is known by its name") {  // S11.2
    const std::vector<std::string> names{"shop::db::Time*"};
    TypeBook book(names);
    for (int i = 0; i < 2; ++i) {  // looked at, and remembered
      CHECK(book.of(typeid(shop::db::Timeout)).is_ignored);
      CHECK_FALSE(book.of(typeid(std::runtime_error)).is_ignored);
    }
  }

  TEST_CASE("a hundred thousand types leave a hundred entries, the last ones") {  // S12.3
    ManualClock clock;
    ErrorLimiter limiter({.per_type = 1}, clock.handle());
    for (int i = 0; i < 100'000; ++i) CHECK(limiter.take(key(i)).is_granted);
    CHECK(limiter.size() == 100);
    CHECK_FALSE(limiter.take(key(99'900)).is_granted);  // the oldest that is known, now the newest
    CHECK(limiter.take(key(7)).is_granted);             // was forgotten, and takes the place of …
    CHECK(limiter.take(key(99'901)).is_granted);        // … the next oldest
    CHECK_FALSE(limiter.take(key(99'900)).is_granted);
    CHECK(limiter.size() == 100);
  }

  TEST_CASE("the number of remembered types is an option") {  // S12.3
    ErrorLimiter limiter({.per_type = 1, .max_types = 2}, ManualClock().handle());
    for (int i = 0; i < 3; ++i) static_cast<void>(limiter.take(key(i)));
    CHECK(limiter.size() == 2);
  }

  TEST_CASE("each minute of the clock has a budget, also when it was set back") {  // S12.2
    ManualClock clock;
    ErrorLimiter limiter({.per_type = 2}, clock.handle());
    for (const auto step : {0s, 59s, 1s, -1s}) {
      clock.advance(step);
      int granted = 0;
      for (int i = 0; i < 5; ++i) granted += limiter.take(key(1)).is_granted ? 1 : 0;
      CAPTURE(step.count());
      CHECK(granted == (step == 59s ? 0 : 2));
    }
  }

  TEST_CASE("what was suppressed is told once, with the exact number") {  // S12.2
    ManualClock clock;
    ErrorLimiter limiter({.per_type = 5}, clock.handle());
    for (int i = 0; i < 50; ++i) static_cast<void>(limiter.take(key(1)));
    clock.advance(3min);
    ErrorLimiter::Grant grant = limiter.take(key(1));
    CHECK(grant.is_granted);
    CHECK(grant.suppressed == 45);
    CHECK(limiter.take(key(1)).suppressed == 0);
    CHECK(limiter.take(key(2)).suppressed == 0);
    limiter.give_back(key(1), grant.suppressed);
    CHECK(limiter.take(key(1)).suppressed == 45);
  }

  TEST_CASE("threads share the budget exactly") {  // S12.3
    ErrorLimiter limiter({.per_type = 100, .total = 150}, ManualClock().handle());
    std::atomic<int> granted = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 1000; ++i) granted += limiter.take(key(t % 2)).is_granted ? 1 : 0;
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(granted == 150);
  }

  TEST_CASE("numbers of storms that leave are the powers of ten") {  // S13.1
    std::vector<std::uint64_t> leaving;
    for (std::uint64_t i = 0; i <= 10'000; ++i) {
      if (StormControl::leaves(i)) leaving.push_back(i);
    }
    CHECK(leaving == std::vector<std::uint64_t>{1, 10, 100, 1000, 10'000});
    CHECK(StormControl::leaves(10'000'000'000'000'000'000U));
    CHECK_FALSE(StormControl::leaves(20));
  }

  TEST_CASE("hints are off without debug, and nothing is refused without options") {  // S11.4
    auto config = std::make_shared<Config>();
    Admission admission(config);
    const CaptureOptions options;
    const std::runtime_error error("x");
    const Candidate candidate{.options = options, .type = &typeid(error), .error = &error};
    CHECK_FALSE(admission.is_ignored(candidate));
    const Admitted admitted = admission.enter(candidate, [] {
      FAIL("nothing is drawn when everything is kept");
      return 0.0;
    });
    CHECK(admitted.refusal == Refusal::none);
    CHECK(admission.should_capture("x"));
  }
}

}  // namespace
}  // namespace picket::client
