#include "stacktrace/exception_info.hpp"

#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

// Both ways to look into an exception_ptr are held to these expectations.

namespace {

struct Text {  // gives the second base an offset
  virtual ~Text() = default;
  std::string text = "text";
};
struct VirtuallyDerived : virtual std::exception {
  const char* what() const noexcept override { return "virtual"; }
};
struct Joined : VirtuallyDerived, virtual std::exception, Text {
  const char* what() const noexcept override { return "joined"; }
};
struct SecondBase : Text, std::runtime_error {
  SecondBase() : std::runtime_error("second") {}
};
struct Left : std::exception {};
struct Right : std::exception {};
struct Ambiguous : Left, Right {};
struct Private : private std::runtime_error {
  Private() : std::runtime_error("private") {}
};
struct Alone {
  int code = 7;
};
struct Speechless : std::exception {
  const char* what() const noexcept override { return nullptr; }
};

}  // namespace

namespace picket::stacktrace {
namespace {

// Captured as hosts do it: thrown, and taken from the handler.
template <class T>
std::exception_ptr thrown(T value) {
  try {
    throw value;
  } catch (...) {
    return std::current_exception();
  }
}

/// What a handler for std::exception would see, the long way round.
const std::exception* caught(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& found) {
    return &found;
  } catch (...) {
    return nullptr;
  }
}

template <class T>
void check_class(const T& value, const char* text) {
  const std::exception_ptr error = thrown(value);
  const ThrownObject found = inspect(error);
  CAPTURE(typeid(T).name());
  REQUIRE(found.type != nullptr);
  CHECK(*found.type == typeid(T));
  CHECK(found.as_std_exception == caught(error));
  CHECK((found.as_std_exception != nullptr) == (*text != '\0'));
  CHECK(describe_value(found) == text);
}

template <class T>
void check_value(const T& value, const std::string& text) {
  const std::exception_ptr error = thrown(value);
  const ThrownObject found = inspect(error);
  CAPTURE(typeid(T).name());
  REQUIRE(found.type != nullptr);
  CHECK(*found.type == typeid(T));
  CHECK(found.as_std_exception == nullptr);
  CHECK(describe_value(found) == text);
}

TEST_SUITE("stacktrace/exception_info") {
  TEST_CASE("an std::exception is found through any public base") {  // S4.7
    check_class(std::runtime_error("plain"), "plain");
    check_class(VirtuallyDerived(), "virtual");
    check_class(Joined(), "joined");
    check_class(SecondBase(), "second");
  }

  TEST_CASE("a base that no handler would reach is not found") {  // S4.7
    check_class(Private(), "");
    check_class(Ambiguous(), "");
    check_class(Alone(), "");
  }

  TEST_CASE("other thrown values are told as text") {  // S4.7
    check_value(42, "42");
    check_value(-42L, "-42");
    check_value(42U, "42");
    check_value(true, "true");
    check_value(2.5, "2.5");
    check_value(std::string("a string"), "a string");
    check_value('c', "");
    check_value(nullptr, "");
  }

  TEST_CASE("a thrown text is told where its place can be known") {  // S4.7
    char text[] = "own text";
#if defined(PICKET_TEST_GENERIC_INSPECT)
    check_value(static_cast<const char*>("a text"), "");
    check_value(static_cast<char*>(text), "");
#else
    check_value(static_cast<const char*>("a text"), "a text");
    check_value(static_cast<char*>(text), "own text");
#endif
  }

  TEST_CASE("a null text is empty") {  // S4.4
    check_value(static_cast<const char*>(nullptr), "");
    const std::exception_ptr error = thrown(Speechless());
    CHECK(inspect(error).as_std_exception != nullptr);
    CHECK(describe_value(inspect(error)).empty());
  }

  TEST_CASE("an empty pointer holds nothing") {
    const ThrownObject found = inspect(nullptr);
    CHECK(found.type == nullptr);
    CHECK(found.as_std_exception == nullptr);
    CHECK(found.object == nullptr);
    CHECK(describe_value(found).empty());
  }

  TEST_CASE("a rethrown exception is still the same object") {  // S4.6
    const std::exception_ptr first = thrown(std::runtime_error("once"));
    std::exception_ptr second;
    try {
      std::rethrow_exception(first);
    } catch (...) {
      second = std::current_exception();
    }
    CHECK(inspect(first).as_std_exception == inspect(second).as_std_exception);
    CHECK(inspect(std::make_exception_ptr(5)).object != nullptr);
  }
}

}  // namespace
}  // namespace picket::stacktrace
