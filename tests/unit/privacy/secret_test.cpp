#include "picket/secret.hpp"

#include "picket/json.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <ostream>
#include <string>

namespace picket {
namespace {

using Text = Secret<std::string>;

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};

// What would write the secret down does not compile.
static_assert(Streamable<std::string>);
static_assert(!Streamable<Text>);
static_assert(!fmt::is_formattable<Text>::value);
static_assert(!std::is_convertible_v<Text, std::string>);
static_assert(!std::is_convertible_v<Text, std::string_view>);
static_assert(!std::is_convertible_v<Secret<int>, int>);
static_assert(!std::is_convertible_v<std::string, Text>);  // said aloud
static_assert(std::is_nothrow_move_constructible_v<Text>);

/// The bytes that a value leaves behind.
template <class T>
std::string remains_of(T value) {
  alignas(T) std::array<unsigned char, sizeof(T)> memory{};
  T* const made = new (memory.data()) T(std::move(value));
  asm volatile("" : : "r"(made) : "memory");  // else writing what is destroyed next may be left out
  made->~T();
  std::string bytes(sizeof(T), '\0');
  for (std::size_t i = 0; i < memory.size(); ++i) {
    bytes[i] = static_cast<char>(static_cast<volatile unsigned char&>(memory[i]));
  }
  return bytes;
}

TEST_SUITE("privacy/secret") {
  TEST_CASE("a secret becomes a mask wherever picket takes a value") {  // S14.3
    const Text secret("hunter2");
    CHECK(secret.expose() == "hunter2");
    const Object object{{"a", secret}, {"b", List{secret}}, {"c", Secret<int>(1234)}};
    CHECK(to_json(object) == R"({"a":"[Filtered]","b":["[Filtered]"],"c":"[Filtered]"})");
    const Object copied = Attributes({{"a", secret}}).to_object();
    CHECK(copied == Object{{"a", "[Filtered]"}});
  }

  TEST_CASE("copies and moves keep the value, and what was moved away is gone") {  // S14.3
    Text first("short");
    Text copy = first;
    Text moved = std::move(first);
    CHECK(copy.expose() == "short");
    CHECK(moved.expose() == "short");
    CHECK(first.expose().empty());  // NOLINT: that is the question
    copy = Text("another one, which is too long for the object itself");
    copy = moved;
    CHECK(copy.expose() == "short");
  }

  TEST_CASE("nothing of it stays in memory") {  // S14.3
    CHECK(remains_of(Text("s3cr3t-in-sso")).find("s3cr3t") == std::string::npos);
    struct Pin {
      char digits[8];
    };
    CHECK(remains_of(Secret<Pin>(Pin{"8712345"})).find("8712345") == std::string::npos);
    CHECK(remains_of(std::string("s3cr3t-in-sso")).find("s3cr3t") != std::string::npos);

    std::string text(100, 'x');
    const char* const bytes = text.data();
    detail::wipe(text);
    CHECK(text.empty());
    CHECK(text.data() == bytes);
    CHECK(std::memchr(bytes, 'x', 100) == nullptr);
  }

  TEST_CASE("a value that cannot be overwritten is held as well") {  // S14.3
    const Secret<std::unique_ptr<int>> secret(std::make_unique<int>(7));
    CHECK(*secret.expose() == 7);
  }
}

}  // namespace
}  // namespace picket
