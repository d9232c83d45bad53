#include "picket/capture_error.hpp"

#include "picket/result.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#if __has_include(<expected>)
#include <expected>
#endif
#include <future>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace lookalike {

/// As tl::expected and std::expected are used.
template <class T, class E>
class expected {
 public:
  expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  static expected failed(E error) {
    expected made;
    made.state_.template emplace<1>(std::move(error));
    return made;
  }
  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  [[nodiscard]] const E& error() const { return std::get<1>(state_); }

 private:
  expected() = default;
  std::variant<T, E> state_{};
};

}  // namespace lookalike

namespace shop {

enum class Refusal { sold_out = 4 };

struct Declined {
  int reason = 0;
};

struct Described {
  bool throws = false;
};

}  // namespace shop

template <>
struct picket::failure_traits<shop::Described> {
  static Failure describe(const shop::Described& error) {
    if (error.throws) throw std::runtime_error("cannot say");
    return {.type = "shop::pay::Late",
            .value = "paid too late",
            .code = std::make_error_code(std::errc::timed_out)};
  }
};

namespace picket {
namespace {

const Value& at(const Value& value, std::string_view key) {
  static const Value none;
  const Value* const found = value.as_object() != nullptr ? value.as_object()->find(key) : nullptr;
  return found != nullptr ? *found : none;
}

struct Told {
  EventId id{};
  std::size_t events = 0;
  std::string type{};
  std::string value{};
  Value exception{};
};

template <class Failed>
Told told_of(const Failed& failed) {
  const testing::ScopedClient client;
  Told told;
  told.id = capture_error(failed);
  const auto events = client.captured().errors();
  told.events = events.size();
  if (events.empty()) return told;
  told.type = events[0].type();
  told.value = events[0].value();
  told.exception = at(at(events[0].json(), "exception"), "values").as_list()->back();
  return told;
}

template <class E>
lookalike::expected<int, E> failed(E error) {
  return lookalike::expected<int, E>::failed(std::move(error));
}

TEST_SUITE("sdk/capture_error") {
  TEST_CASE("an error code arrives with number, category, message and stack") {  // P3.6, P3.8
    const Told told = told_of(std::error_code(ENOENT, std::generic_category()));
    CHECK_FALSE(told.id.is_nil());
    CHECK(told.type == "error_code");
    CHECK(told.value == "No such file or directory");
    const Value& mechanism = at(told.exception, "mechanism");
    CHECK(at(mechanism, "type") == Value("generic"));
    CHECK(at(at(mechanism, "data"), "code").number_or(0) == ENOENT);
    CHECK(at(at(mechanism, "data"), "category") == Value("generic"));
    CHECK(at(at(at(mechanism, "meta"), "errno"), "number").number_or(0) == ENOENT);
    const List* const frames = at(at(told.exception, "stacktrace"), "frames").as_list();
    REQUIRE(frames != nullptr);
    CHECK(*at(frames->back(), "filename").as_text() == "capture_error_test.cpp");
  }

  TEST_CASE("a code that says that all is well is no error") {
    CHECK(told_of(std::error_code()).events == 0);
  }

  TEST_CASE("results that hold a value are no errors") {
    CHECK(told_of(lookalike::expected<int, std::string>(1)).events == 0);
    CHECK(told_of(Result<int>(1)).events == 0);
  }

  TEST_CASE("what the error of a result is like decides what is told") {
    CHECK(told_of(failed(std::string("no room"))).value == "no room");
    CHECK(told_of(failed(std::make_error_code(std::errc::timed_out))).type == "error_code");
    CHECK(told_of(failed(std::future_errc::broken_promise)).type == "error_code");
    CHECK(told_of(failed(std::errc::timed_out)).value == "Connection timed out");
    CHECK(told_of(failed(std::runtime_error("thrown"))).type == "runtime_error");
    CHECK(told_of(failed(std::make_exception_ptr(std::logic_error("kept")))).value == "kept");
    const Told refusal = told_of(failed(shop::Refusal::sold_out));
    CHECK(refusal.type == "Refusal");
    CHECK(refusal.value == "4");
    CHECK(told_of(failed(shop::Declined{})).type == "Declined");
    const Told own = told_of(Result<int>(Error{.code = Errc::unavailable, .message = "no disk"}));
    CHECK(own.type == "Error");
    CHECK(own.value == "no disk");
  }

  TEST_CASE("a host describes errors of its own") {
    const Told told = told_of(failed(shop::Described{}));
    CHECK(told.type == "Late");
    CHECK(at(told.exception, "module") == Value("shop::pay"));
    CHECK(at(at(at(told.exception, "mechanism"), "data"), "code").number_or(0) == ETIMEDOUT);
    CHECK(told_of(failed(shop::Described{.throws = true})).events == 0);
  }

  TEST_CASE("while picket is off nothing is asked and nothing happens") {
    CHECK(capture_error(failed(shop::Described{.throws = true})).is_nil());
    CHECK(capture_error(std::make_error_code(std::errc::timed_out)).is_nil());
  }

#if __has_include(<expected>) && __cplusplus > 202002L
  TEST_CASE("std::expected is a result") {
    const std::expected<int, std::string> result = std::unexpected(std::string("no room"));
    CHECK(told_of(result).value == "no room");
  }
#endif
}

}  // namespace
}  // namespace picket
