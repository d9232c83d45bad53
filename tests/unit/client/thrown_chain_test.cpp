#include "client/thrown_chain.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <system_error>

namespace picket::client {
namespace {

struct NullWhat : std::exception {
  const char* what() const noexcept override { return nullptr; }
};

void throw_nested(int depth) {
  try {
    if (depth == 0) throw std::runtime_error("innermost");
    throw_nested(depth - 1);
  } catch (...) {
    std::throw_with_nested(std::logic_error("level " + std::to_string(depth)));
  }
}

template <class Throw>
std::exception_ptr caught(Throw&& body) {
  try {
    body();
  } catch (...) {
    return std::current_exception();
  }
  return nullptr;
}

TEST_SUITE("client/thrown_chain") {
  TEST_CASE("a nested chain is walked from the outside in") {  // S4.7
    const auto chain = thrown_chain(caught([] { throw_nested(1); }));
    REQUIRE(chain.size() == 3);
    CHECK(chain[0].value == "level 1");
    CHECK(chain[1].value == "level 0");
    CHECK(chain[2].value == "innermost");
  }

  TEST_CASE("a chain of fifty is cut") {  // S4.7
    const auto chain = thrown_chain(caught([] { throw_nested(50); }));
    CHECK(chain.size() == kMaxChain);
    CHECK(chain[0].value == "level 50");
  }

  TEST_CASE("a reference and the exception itself tell the same") {
    try {
      throw_nested(0);
    } catch (const std::exception& error) {
      const auto by_reference = thrown_chain(error);
      const auto by_pointer = thrown_chain(std::current_exception());
      REQUIRE(by_reference.size() == by_pointer.size());
      CHECK(by_reference[0].mangled_type == by_pointer[0].mangled_type);
      CHECK(by_reference[1].value == "innermost");
    }
  }

  TEST_CASE("a system_error brings its code") {
    const auto chain = thrown_chain(
        caught([] { throw std::system_error(ENOENT, std::generic_category(), "open"); }));
    REQUIRE(chain.size() == 1);
    REQUIRE(chain[0].code);
    CHECK(chain[0].code->value == ENOENT);
    CHECK(chain[0].code->category == "generic");
    CHECK_FALSE(chain[0].code->message.empty());
  }

  TEST_CASE("objects that are no exceptions are described") {
    CHECK(thrown_chain(caught([] { throw 42; }))[0].value == "42");
    CHECK(thrown_chain(caught([] { throw std::string("text"); }))[0].value == "text");
    struct Plain {};
    const auto plain = thrown_chain(caught([] { throw Plain{}; }));
    REQUIRE(plain.size() == 1);
    CHECK(plain[0].mangled_type == typeid(Plain).name());
    CHECK_FALSE(plain[0].value.empty());
  }

  TEST_CASE("a what() that returns null is an empty text") {  // S4.4
    CHECK(thrown_chain(caught([] { throw NullWhat(); }))[0].value.empty());
    CHECK(thrown_chain(NullWhat())[0].value.empty());
  }

  TEST_CASE("a huge what() is cut while it is copied") {
    const auto chain =
        thrown_chain(caught([] { throw std::runtime_error(std::string(10'000'000, 'x')); }));
    CHECK(chain[0].value.size() < 40'000);
  }

  TEST_CASE("only the exception being handled is recognised") {  // S4.6
    const std::runtime_error other("other");
    CHECK(current_if_same(other) == nullptr);
    try {
      throw std::runtime_error("this");
    } catch (const std::exception& error) {
      CHECK(current_if_same(error) == std::current_exception());
      CHECK(current_if_same(other) == nullptr);
    }
  }
}

}  // namespace
}  // namespace picket::client
